import { describe, expect, it } from "vitest";
import { isExpired, parseTokenLifetime, remainingSeconds, renewalLifetime } from "./session-token.ts";

const dayMs = 86_400_000;

describe("parseTokenLifetime", () => {
  it.each([
    [undefined, 3_600],
    [null, 3_600],
    [60, 60],
    [604_800, 604_800],
    ["15m", 900],
    ["24h", 86_400],
    ["7d", 604_800],
    ["60s", 60],
  ])("reads %j as %i seconds", (expiresIn, seconds) => {
    expect(parseTokenLifetime(expiresIn)).toEqual({ ok: true, seconds });
  });

  it.each([
    [59, "too-short"],
    [0, "too-short"],
    [-3_600, "too-short"],
    ["59s", "too-short"],
    [604_801, "too-long"],
    ["8d", "too-long"],
    ["999999999d", "too-long"],
    [90.5, "unreadable"],
    [Number.NaN, "unreadable"],
    [Number.POSITIVE_INFINITY, "unreadable"],
    ["3600", "unreadable"],
    ["1w", "unreadable"],
    ["1h30m", "unreadable"],
    [" 15m", "unreadable"],
    ["-15m", "unreadable"],
    ["", "unreadable"],
  ])("refuses %j as %s", (expiresIn, reason) => {
    expect(parseTokenLifetime(expiresIn)).toEqual({ ok: false, reason });
  });

  it("keeps to the bounds of the installation", () => {
    const bounds = { secondsMin: 120, secondsMax: 600, secondsDefault: 300 };
    expect([undefined, 119, 120, 600, 601].map((wish) => parseTokenLifetime(wish, bounds).ok)).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});

describe("renewalLifetime", () => {
  it.each([
    [0, { ok: true, seconds: 86_400 }],
    [29 * dayMs, { ok: true, seconds: 86_400 }],
    [29 * dayMs + 3_600_000, { ok: true, seconds: 82_800 }],
    [30 * dayMs - 60_000, { ok: true, seconds: 60 }],
    [30 * dayMs - 59_999, { ok: false, reason: "chain-ended" }],
    [30 * dayMs, { ok: false, reason: "chain-ended" }],
    [31 * dayMs, { ok: false, reason: "chain-ended" }],
  ])("a chain %i ms old", (ageMs, result) => {
    expect(renewalLifetime(86_400, 1_000, 1_000 + ageMs)).toEqual(result);
  });
});

describe("expiry", () => {
  it.each([
    [999, false, 0],
    [1_000, true, 0],
    [1_001, true, 0],
    [0, false, 1],
  ])("at %i ms of 1,000: over %s, %i s remain", (nowMs, isOver, seconds) => {
    expect([isExpired(1_000, nowMs), remainingSeconds(1_000, nowMs)]).toEqual([isOver, seconds]);
  });
});
