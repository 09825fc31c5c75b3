import { expect, it } from "vitest";
import { isSignInOver } from "./sign-in-life.ts";

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;
const HALF_DAY_MS = 12 * 60 * MINUTE_MS;

it.each([
  ["just made", 0, 0, false],
  ["unused for a little less than half an hour", HALF_HOUR_MS - 1, HALF_HOUR_MS - 1, false],
  ["unused for half an hour", HALF_HOUR_MS, HALF_HOUR_MS, true],
  ["made a little less than twelve hours ago and used now", HALF_DAY_MS - 1, 0, false],
  ["made twelve hours ago and used now", HALF_DAY_MS, 0, true],
  ["of a clock that is ahead of ours", -MINUTE_MS, -MINUTE_MS, false],
])("a sign-in %s", (_name, ageMs, unusedMs, isOver) => {
  const nowMs = 1_750_000_000_000;
  expect(isSignInOver({ createdAtMs: nowMs - ageMs, usedAtMs: nowMs - unusedMs }, nowMs)).toBe(isOver);
});
