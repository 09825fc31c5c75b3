import { describe, expect, it } from "vitest";
import { createCredential, parseCredential } from "./credential-format.ts";

describe("a credential", () => {
  it("has the published form and is read back", () => {
    const credential = createCredential("sb_live_");
    expect(credential.text).toMatch(/^sb_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    expect(parseCredential(credential.text)).toEqual({
      prefix: "sb_live_",
      publicId: credential.publicId,
      secret: credential.secret,
    });
  });

  it("is refused after any single typing error, without asking a database", () => {
    const { text } = createCredential("sb_pat_");
    for (let position = 0; position < text.length; position++) {
      const typo = text[position] === "x" ? "y" : "x";
      expect(parseCredential(text.slice(0, position) + typo + text.slice(position + 1))).toBeNull();
    }
  });

  it.each(["", "sb_live_", "sb_test_abc", "Bearer x", `${createCredential("sb_live_").text} `])(
    "is not read from %j",
    (text) => expect(parseCredential(text)).toBeNull(),
  );

  it("is never made twice", () => {
    const texts = Array.from({ length: 500 }, () => createCredential("sb_live_").publicId);
    expect(new Set(texts).size).toBe(texts.length);
  });
});
