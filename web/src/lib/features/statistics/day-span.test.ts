import { expect, test } from "vitest";
import { instantsOf, problemsOfSpan, readSpan } from "./day-span.ts";

const NOW_MS = Date.parse("2026-01-15T22:30:00Z");
const read = (query: string, timeZone = "UTC") => readSpan(new URLSearchParams(query), timeZone, NOW_MS);
const problems = (query: string) => problemsOfSpan(new URLSearchParams(query)).map(({ path }) => path);

test.each([
  ["", { rangeDays: 7, from: "2026-01-09", to: "2026-01-15" }],
  ["days=30", { rangeDays: 30, from: "2025-12-17", to: "2026-01-15" }],
  ["from=2026-01-01&to=2026-01-03", { rangeDays: null, from: "2026-01-01", to: "2026-01-03" }],
  ["from=2026-01-10", { rangeDays: null, from: "2026-01-10", to: "2026-01-15" }],
  ["to=2026-01-10", { rangeDays: null, from: "2026-01-04", to: "2026-01-10" }],
  ["days=30&from=2026-01-10", { rangeDays: null, from: "2026-01-10", to: "2026-01-15" }],
])("an address with %j means these days", (query, span) => {
  expect(read(query)).toEqual(span);
  expect(problems(query)).toEqual([]);
});

test("a range ends today in the bot's zone and goes on until now, days of one's own end at their midnight", () => {
  expect(read("", "Asia/Riyadh")).toMatchObject({ from: "2026-01-10", to: "2026-01-16" });
  expect(instantsOf(read("", "Asia/Riyadh"), "Asia/Riyadh")).toEqual({ from: "2026-01-09T21:00:00.000Z" });
  const own = { from: "2026-01-01T00:00:00.000Z", to: "2026-01-04T00:00:00.000Z" };
  expect(instantsOf(read("from=2026-01-01&to=2026-01-03"), "UTC")).toEqual(own);
});

test.each([
  ["days=12", ["days"]],
  ["days=", ["days"]],
  ["from=monday", ["from"]],
  ["from=2026-01-03&to=2026-01-01", ["from"]],
  ["to=2026-02-30", ["to"]],
])("an address with %j has a problem with %j", (query, paths) => {
  expect(problems(query)).toEqual(paths);
});
