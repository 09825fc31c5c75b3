import fc from "fast-check";
import { expect, it } from "vitest";
import { backOffDelayMs } from "./back-off.ts";

const backOff = { baseDelayMs: 1_000, delayMsMax: 300_000 };

it.each([
  [0, 0.5, 0],
  [1, 0, 500],
  [1, 1, 1_000],
  [2, 1, 2_000],
  [9, 1, 256_000],
  [10, 1, 300_000],
  [10, 0, 150_000],
  [5_000, 1, 300_000],
])("after %i failures with jitter %d waits %i ms", (failures, jitter, delayMs) => {
  expect(backOffDelayMs(backOff, failures, jitter)).toBe(delayMs);
});

it("never waits longer than the cap, never less than half of what is due, and never backs off less after more failures", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, jitter) => {
      const delayMs = backOffDelayMs(backOff, failures, jitter);
      expect(delayMs).toBeGreaterThanOrEqual(500);
      expect(delayMs).toBeLessThanOrEqual(300_000);
      expect(backOffDelayMs(backOff, failures + 1, jitter)).toBeGreaterThanOrEqual(delayMs);
    }),
  );
});
