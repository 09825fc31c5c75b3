import { describe, expect, it } from "vitest";
import { createWeaknessOf } from "./password-strength.ts";

const weaknessOf = createWeaknessOf();
const HINTS = ["Ada Example", "ada@example.org", "Home"];

describe("a new password", () => {
  it.each([
    "passwordpassword",
    "PASSWORDpassword!",
    "Password12345678!",
    "qwertyuiopasdfgh",
    "123456789012345",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "iloveyouiloveyou",
    "letmein12345678",
    "abcdefghijklmnop",
    `${"a".repeat(80)} a sentence of its own after that`,
  ])("is refused as one of the first that are tried: %j", async (password) => {
    expect(await weaknessOf(password, HINTS)).toContain("first that are tried");
  });

  it.each(["Switchboard Home Ada", "switchboard2026!", "Ada Example 2026", "ada@example.org"])(
    "is refused when it only says what others know: %j",
    async (password) => {
      expect(await weaknessOf(password, HINTS)).toContain("words that others know");
    },
  );

  it.each([
    "a sentence is easy to remember",
    "correct horse battery staple",
    "Ada likes the bridge of her village",
    "mi perro come fresas los lunes",
    "我的狗每个星期一都吃很多草莓和苹果",
    "f9#Kd2!mQx7Lp$0z",
  ])("is taken without rules of composition: %j", async (password) => {
    expect(await weaknessOf(password, HINTS)).toBeNull();
  });

  it("of the greatest length is judged in the time of a short one", async () => {
    const password = Array.from({ length: 256 }, (_, at) => String.fromCharCode(33 + ((at * 37) % 90))).join("");
    expect(await weaknessOf(password, HINTS)).toBeNull();
  });
});
