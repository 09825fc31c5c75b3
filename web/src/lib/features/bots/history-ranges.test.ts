import { expect, test } from "vitest";
import { describeOnlineShare, readHistoryRange } from "./history-ranges.ts";

const at = (seconds: number) => new Date(seconds * 1_000).toISOString();
const segment = (state: "online" | "handed-over" | "stopped", from: number, to: number) => {
  return { state, reason: null, reasonText: null, from: at(from), to: at(to) };
};

test("the share counts online and handed over, and never rounds up to all of it", () => {
  const segments = [segment("stopped", 0, 1), segment("online", 1, 5_000), segment("handed-over", 5_000, 10_000)];
  expect(describeOnlineShare({ segments })).toBe("Online or handed over 99.9 % of the known time.");
  expect(describeOnlineShare({ segments: segments.slice(1) })).toContain(" 100 % ");
  expect(describeOnlineShare({ segments: [] })).toBe("Nothing is known of this time yet.");
});

test("the address bar chooses the span; anything else is a day", () => {
  const read = (query: string) => readHistoryRange({ searchParams: new URLSearchParams(query) }).hours;
  expect([read("range=7d"), read("range=24h"), read("range=x"), read("")]).toEqual([168, 24, 24, 24]);
});
