import { describe, expect, it } from "vitest";
import { isExpiringSoon, leaseTokenLifeMs, renewAfterSeconds } from "./lease.ts";

describe("a lease token", () => {
  it.each([
    [30_000, 60_000],
    [269_999, 299_999],
    [270_000, 300_000],
    [270_001, 300_000],
    [86_400_000, 300_000],
    [0, 30_000],
    [-5_000, 30_000],
  ])("of a lease with %i ms left lives %i ms: five minutes at most, half a minute past its lease", (left, life) => {
    expect(leaseTokenLifeMs(left)).toBe(life);
  });
});

describe("a holder", () => {
  it.each([
    [5_000, 2],
    [30_000, 10],
    [29_998, 10],
    [300_000, 100],
    [1_000, 1],
    [0, 1],
  ])("of a lease of %i ms renews after %i s", (ttlMs, seconds) => {
    expect(renewAfterSeconds(ttlMs)).toBe(seconds);
  });

  it.each([
    [10_000, false],
    [9_999, true],
    [0, true],
    [-1, true],
  ])("with %i ms left of 30 s is warned: %s", (left, isWarned) => {
    expect(isExpiringSoon(left, 30_000)).toBe(isWarned);
  });
});
