import { describe, expect, it } from "vitest";
import { countingResetMs, countingWindow, isCountedCall } from "./counting.ts";
import { sampleNowMs } from "./testing/screening-fixtures.ts";
import { callEndings } from "./vocabulary.ts";

const hour = 3_600_000;
const block = (createdAtMs: number, expiresAtMs: number | null, endedAtMs: number | null = null) => ({
  createdAtMs,
  expiresAtMs,
  endedAtMs,
});

describe("countingResetMs", () => {
  it.each([
    ["there was never a block", [], null],
    ["one was made", [block(1, null)], 1],
    ["one runs", [block(1, sampleNowMs + 1)], 1],
    ["one just ran out", [block(1, sampleNowMs)], sampleNowMs],
    ["one was lifted", [block(1, null, 5)], 5],
    ["one was lifted before its end", [block(1, 9, 5)], 5],
    ["one ran out and was marked later", [block(1, 5, 9)], 5],
    ["there were several", [block(1, 5, 9), block(7, 8), block(2, null, 3)], 8],
  ])("when %s", (_case, history, resetMs) => {
    expect(countingResetMs(history, sampleNowMs)).toBe(resetMs);
  });
});

describe("countingWindow", () => {
  const settings = { limitWindow: "calendar-day", timeZone: "UTC" } as const;
  const midnight = Date.UTC(2025, 2, 10);

  it("is the day without a block, and begins with a restart inside it", () => {
    const startOf = (history: ReturnType<typeof block>[]) =>
      countingWindow(settings, sampleNowMs, history, sampleNowMs).startMs;
    expect(startOf([])).toBe(midnight);
    expect(startOf([block(midnight - 2 * hour, midnight - hour)])).toBe(midnight);
    expect(startOf([block(midnight - hour, midnight + hour)])).toBe(midnight + hour);
  });

  it("of a late call is the window of its own day", () => {
    const window = countingWindow(settings, midnight - 1, [], sampleNowMs);
    expect(window).toMatchObject({ startMs: midnight - 24 * hour, endMs: midnight });
  });
});

describe("isCountedCall", () => {
  it("leaves answered calls out only where the settings say so", () => {
    const leftOut = callEndings.filter((ended) => !isCountedCall({ counts: true, ended }, false));
    expect(leftOut).toEqual(["answered", "answered-elsewhere"]);
    expect(callEndings.every((ended) => isCountedCall({ counts: true, ended }, true))).toBe(true);
    expect(isCountedCall({ counts: true, ended: null }, false)).toBe(true);
    expect(isCountedCall({ counts: false, ended: null }, true)).toBe(false);
  });
});
