import { describe, expect, it } from "vitest";
import { hintWords, isMostlyHints } from "./password-hints.ts";

describe("the words others know of a person", () => {
  it("are the parts of names and addresses, and the product's name, in small letters", () => {
    const words = hintWords(["Ada Example", "ada.l@example.org", "Ñandú House"]);
    expect(words).toEqual(["switchboard", "ada", "example", "org", "ñandú", "house"]);
  });
});

describe("a password", () => {
  const words = hintWords(["Ada Example", "ada@example.org", "Home"]);

  it.each([
    ["Switchboard Home Ada", true],
    ["ada@example.org-2026", true],
    ["ADA example abcdefg", true],
    ["ADA example abcdefgh", false],
    ["the bridge of my village", false],
    ["12345678901234567890", false],
    ["ｓｗｉｔｃｈｂｏａｒｄ 2026", true],
  ])("%j says little more than them: %s", (password, expected) => {
    expect(isMostlyHints(password, words)).toBe(expected);
  });
});
