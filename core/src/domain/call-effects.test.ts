import { describe, expect, it } from "vitest";
import { nextRejectStep, type RejectTry, replyStep } from "./call-effects.ts";
import type { CallEnding } from "./vocabulary.ts";

const after = (tries: RejectTry[], elapsedMs = 0, ended: CallEnding | null = null) =>
  nextRejectStep({ tries, firstTriedAtMs: 1_000, nowMs: 1_000 + elapsedMs, ended });

describe("nextRejectStep", () => {
  it.each([
    [[], 0, null, { next: "try" }],
    [["silent"], 5_000, null, { next: "try" }],
    [["silent", "silent"], 9_999, null, { next: "try" }],
    [["silent", "silent"], 10_000, null, { next: "stop", status: "unconfirmed" }],
    [["silent", "silent", "silent"], 3_000, null, { next: "stop", status: "unconfirmed" }],
    [["silent", "silent", "refused"], 3_000, null, { next: "stop", status: "failed" }],
    [["silent", "acknowledged"], 3_000, null, { next: "stop", status: "confirmed" }],
    [["silent"], 3_000, "missed", { next: "stop", status: "moot" }],
    [[], 0, "answered-elsewhere", { next: "stop", status: "moot" }],
    [["silent"], 3_000, "rejected-by-us", { next: "stop", status: "confirmed" }],
  ] as const)("after %j and %i ms, call %s", (tries, elapsedMs, ended, next) => {
    expect(after([...tries], elapsedMs, ended)).toEqual(next);
  });
});

describe("replyStep", () => {
  it.each([
    ["pending", "pending", null, "wait"],
    ["pending", "failed", null, "wait"],
    ["pending", "unconfirmed", null, "wait"],
    ["pending", "confirmed", null, "send"],
    ["pending", "failed", "timeout", "send"],
    ["pending", "moot", "cancelled", "send"],
    ["pending", "moot", "rejected-elsewhere", "send"],
    ["pending", "confirmed", "answered", "drop"],
    ["pending", "moot", "answered-elsewhere", "drop"],
    ["sent", "confirmed", "rejected-by-us", "drop"],
    ["throttled", "confirmed", null, "drop"],
    ["none", "confirmed", null, "drop"],
  ] as const)("reply %s, reject %s, call %s: %s", (reply, reject, ended, step) => {
    expect(replyStep(reply, reject, ended)).toBe(step);
  });
});
