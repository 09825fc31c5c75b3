import { expect, test } from "vitest";
import { describeAge } from "./describe-age.ts";

const NOW_MS = Date.parse("2026-01-02T00:00:00Z");

test.each([
  [-5_000, "now"],
  [0, "now"],
  [999, "now"],
  [1_000, "1 second ago"],
  [59_999, "59 seconds ago"],
  [60_000, "1 minute ago"],
  [3_599_999, "59 minutes ago"],
  [3_600_000, "1 hour ago"],
  [86_400_000, "yesterday"],
  [3 * 86_400_000, "3 days ago"],
])("an instant %i ms old reads %s", (ageMs, words) => {
  expect(describeAge(new Date(NOW_MS - ageMs).toISOString(), NOW_MS)).toBe(words);
});
