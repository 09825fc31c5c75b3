import { describe, expect, it, test } from "vitest";
import { addDays, describeDay, describeDayShort, isLocalDate, spanOfDays, todayIn } from "./local-days.ts";

describe("a span of days", () => {
  it.each([
    ["of one day", "2026-01-15", "2026-01-15", "2026-01-14T23:00:00.000Z", "2026-01-15T23:00:00.000Z"],
    [
      "over the night in which clocks go forward",
      "2026-03-29",
      "2026-03-29",
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ],
    [
      "over the night in which clocks go back",
      "2026-10-25",
      "2026-10-25",
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
    ],
    ["over the turn of a year", "2025-12-31", "2026-01-01", "2025-12-30T23:00:00.000Z", "2026-01-01T23:00:00.000Z"],
  ])("%s goes from midnight to midnight of the zone", (_what, first, last, from, to) => {
    expect(spanOfDays(first, last, "Europe/Madrid")).toEqual({ from, to });
  });

  it("begins with the first hour there is where midnight is skipped", () => {
    expect(spanOfDays("2026-04-24", null, "Africa/Cairo")).toEqual({ from: "2026-04-23T22:00:00.000Z" });
  });

  it("leaves an end open that nobody gave", () => {
    expect(spanOfDays(null, "2026-01-15", "UTC")).toEqual({ to: "2026-01-16T00:00:00.000Z" });
    expect(spanOfDays(null, null, "UTC")).toEqual({});
  });
});

test.each([
  ["2026-02-28", true],
  ["2028-02-29", true],
  ["2026-02-29", false],
  ["2026-13-01", false],
  ["2026-1-1", false],
  ["2026-01-01T00:00", false],
  ["yesterday", false],
  ["", false],
])("%j is a day: %s", (text, isDay) => {
  expect(isLocalDate(text)).toBe(isDay);
});

test("today is the zone's, not the machine's", () => {
  const atMs = Date.parse("2026-01-15T23:30:00Z");
  expect([todayIn("UTC", atMs), todayIn("Asia/Riyadh", atMs)]).toEqual(["2026-01-15", "2026-01-16"]);
});

test("days are added by the calendar, and read in words", () => {
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
  expect(addDays("2026-01-01", -1)).toBe("2025-12-31");
  expect(describeDay("2026-01-05")).toBe("Mon 5 Jan 2026");
  expect(describeDayShort("2026-01-05")).toBe("5 Jan");
});
