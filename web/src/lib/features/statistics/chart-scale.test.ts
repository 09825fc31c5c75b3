import { expect, test } from "vitest";
import { labelledDays, scaleFor } from "./chart-scale.ts";

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [5, [0, 1, 2, 3, 4, 5]],
  [6, [0, 2, 4, 6]],
  [11, [0, 5, 10, 15]],
  [26, [0, 10, 20, 30]],
  [50, [0, 10, 20, 30, 40, 50]],
  [51, [0, 20, 40, 60]],
  [12_345, [0, 5_000, 10_000, 15_000]],
])("a scale for %i calls has whole, round lines", (value, lines) => {
  expect(scaleFor(value)).toEqual({ max: lines.at(-1), lines });
});

test.each([
  [7, [0, 1, 2, 3, 4, 5, 6]],
  [1, [0]],
  [30, [4, 9, 14, 19, 24, 29]],
])("of %i days these are named, the last always", (count, named) => {
  expect(labelledDays(count, 7)).toEqual(named);
});
