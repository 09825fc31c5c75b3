import { expect, test } from "vitest";
import { describeAuthor, describeTimeLeft } from "./blocks.ts";

const NOW_MS = Date.parse("2026-01-02T00:00:00Z");

test.each([
  [-1, null],
  [0, null],
  [1, "less than a minute left"],
  [60_000, "1 minute left"],
  [7_199_999, "1 hour left"],
  [86_399_999, "23 hours left"],
  [2 * 86_400_000, "2 days left"],
])("an end %i ms ahead reads %s", (leftMs, words) => {
  expect(describeTimeLeft(new Date(NOW_MS + leftMs).toISOString(), NOW_MS)).toBe(words);
});

test.each([
  ["user:usr_1", "you"],
  ["user:usr_2", "somebody else in the team"],
  ["api-key:key_1", "an API key"],
  ["system:call-limit", null],
])("%s is %s", (author, words) => {
  expect(describeAuthor(author, "usr_1")).toBe(words);
});
