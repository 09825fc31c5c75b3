import { expect, test } from "vitest";
import { describeSpan } from "./describe-span.ts";

test.each([
  [0, "0 s"],
  [999, "0 s"],
  [1_000, "1 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [61_000, "1 min 1 s"],
  [3_600_000, "1 h"],
  [3_659_999, "1 h"],
  [7_500_000, "2 h 5 min"],
  [90_000_000, "1 d 1 h"],
])("%i ms reads %s", (spanMs, words) => {
  expect(describeSpan(spanMs)).toBe(words);
});
