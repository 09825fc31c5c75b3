import { expect, test } from "vitest";
import { describeNumbers } from "./day-words.ts";

const none = { allowed: 0, rejected: 0, blocked: 0, observed: 0, failed: 0 };

test.each([
  [{ live: 5, byOutcome: { ...none, allowed: 3, blocked: 2 } }, "Mon 5 Jan 2026: 5 calls, 3 allowed, 2 blocked"],
  [{ live: 1, byOutcome: { ...none, observed: 1 } }, "Mon 5 Jan 2026: 1 call, 1 only logged"],
  [{ live: 0, byOutcome: none }, "Mon 5 Jan 2026: no calls"],
])("%j reads in one sentence", (numbers, sentence) => {
  expect(describeNumbers({ localDate: "2026-01-05", late: 0, group: 0, ...numbers })).toBe(sentence);
});
