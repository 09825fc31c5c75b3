import { expect, test } from "vitest";
import { describeStep } from "./describe-step.ts";

test.each([
  ["limit", "decided", { count: 4, limit: 3, window: "calendar-day" }, "Over the limit", "call 4, limit 3, of a day"],
  [
    "limit",
    "passed",
    { count: 4, limit: null, window: "rolling-24h" },
    "Within the limit",
    "call 4, no limit is set, of 24 hours",
  ],
  ["late", "passed", { offline: false, ageMs: 500 }, "It came in time", ""],
  [
    "block-list",
    "decided",
    { type: "temporary", origin: "limit", expiresAtMs: 1 },
    "Blocked",
    "temporary, made by the limit",
  ],
  ["default", "decided", { action: "ring" }, "No rule spoke, so the default holds", "it rings"],
  ["reply", "decided", { status: "none", whyNot: "no-text" }, "A text to the caller", "no, none is set"],
  ["a step of a later version", "passed", {}, "a step of a later version", ""],
] as const)("step %s, %s with %j, reads in words", (step, result, detail, found, details) => {
  expect(describeStep({ step, result, detail })).toEqual({ found, details });
});
