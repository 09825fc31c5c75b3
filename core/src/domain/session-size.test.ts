import { expect, it } from "vitest";
import { isMeasuredBatch } from "./session-size.ts";

const values = (count: number, value: string | null = "1") => Array.from({ length: count }, () => ({ value }));

it.each([
  [1, values(1), true],
  [2, values(1), false],
  [32, values(1), false],
  [33, values(1), true],
  [2, values(100), false],
  [2, values(101), true],
  [2, values(1, "x".repeat(65_536)), false],
  [2, values(1, "x".repeat(65_537)), true],
  [1, values(2_000, null), false],
  [1, [], false],
])("measures a session before batch %i of its epoch only where that is due (%#)", (sequence, changes, isMeasured) => {
  expect(isMeasuredBatch(sequence, changes)).toBe(isMeasured);
});
