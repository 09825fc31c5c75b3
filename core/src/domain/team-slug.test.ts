import { expect, it } from "vitest";
import { toSlug } from "./team-slug.ts";

it.each([
  ["Home", "home"],
  ["  Niño & Söhne, S.L. ", "nino-sohne-s-l"],
  ["我的团队", "team"],
  ["--", "team"],
  [`${"a".repeat(39)} b`, "a".repeat(39)],
])("%j becomes %s", (name, slug) => {
  expect(toSlug(name)).toBe(slug);
});
