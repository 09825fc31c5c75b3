import { expect, test } from "vitest";
import { instantOf, localTimeOf } from "./zoned-instant.ts";

test.each([
  ["2026-01-15T09:00", "UTC", "2026-01-15T09:00:00.000Z"],
  ["2026-01-15T09:00", "Europe/Madrid", "2026-01-15T08:00:00.000Z"],
  ["2026-07-15T09:00", "Europe/Madrid", "2026-07-15T07:00:00.000Z"],
  ["2026-07-15T09:00", "Asia/Kathmandu", "2026-07-15T03:15:00.000Z"],
  ["2026-07-15T20:00", "Pacific/Honolulu", "2026-07-16T06:00:00.000Z"],
])("%s on a clock of %s is %s, and reads so there", (local, timeZone, instant) => {
  expect(instantOf(local, timeZone)).toBe(instant);
  expect(localTimeOf(Date.parse(instant), timeZone)).toBe(local);
});

test.each([
  ["on the day clocks go forward", "2026-03-29T12:00", "2026-03-29T10:00:00.000Z"],
  ["in the hour that is skipped", "2026-03-29T02:30", "2026-03-29T01:30:00.000Z"],
  ["in the hour that comes twice", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"],
  ["just after that hour", "2026-10-25T03:00", "2026-10-25T02:00:00.000Z"],
])("a time %s is one instant", (_when, local, instant) => {
  expect(instantOf(local, "Europe/Madrid")).toBe(instant);
});

test.each(["", "tomorrow", "2026-13-01T00:00"])("%j is no local time", (text) => {
  expect(instantOf(text, "UTC")).toBeNull();
});
