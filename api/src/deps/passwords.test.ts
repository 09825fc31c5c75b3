import { describe, expect, it } from "vitest";
import { createPasswords } from "./passwords.ts";

const passwords = createPasswords();

describe("passwords", () => {
  it("are accepted as they were and in no other form, and never stored", async () => {
    const hash = await passwords.hash("correct horse battery");
    expect(await passwords.verify("correct horse battery", hash)).toBe(true);
    expect(await passwords.verify("correct horse batterz", hash)).toBe(false);
    expect(hash).not.toContain("horse");
  });

  it("typed with composed or decomposed letters are the same", async () => {
    const hash = await passwords.hash("contrase\u00f1a muy larga");
    expect(await passwords.verify("contrasen\u0303a muy larga", hash)).toBe(true);
  });

  it("have a salt of their own, and as many as are asked for at once are all hashed", async () => {
    const hashes = await Promise.all(Array.from({ length: 4 }, () => passwords.hash("the same sentence")));
    expect(new Set(hashes).size).toBe(4);
    for (const hash of hashes) expect(hash).toMatch(/^scrypt:131072:8:1:[\w-]{22}:[\w-]{43}$/);
  });

  it("wait for each other up to 50 of them; the next is told to come back", async () => {
    const cheap = "scrypt:16:8:1:AAAA:BBBB";
    const crowded = createPasswords();
    const taken = Array.from({ length: 52 }, () => crowded.verify("anything", cheap));
    const busy = { code: "unavailable", details: { retryAfterSeconds: 5 } };
    await expect(crowded.verify("anything", cheap)).rejects.toMatchObject(busy);
    await expect(crowded.hash("anything")).rejects.toMatchObject(busy);
    expect(new Set(await Promise.all(taken))).toEqual(new Set([false]));
    expect(await crowded.verify("anything", cheap)).toBe(false);
  });

  it("have a decoy at the full cost that none of them opens", async () => {
    expect(passwords.decoy).toMatch(/^scrypt:131072:8:1:[\w-]{22}:[\w-]{43}$/);
    expect(await passwords.verify("anything", passwords.decoy)).toBe(false);
  });

  it.each(["", "plain", "scrypt:16384:8:1:x", "bcrypt:131072:8:1:AAAA:BBBB"])(
    "are not accepted for a stored text of another form: %j",
    async (hash) => {
      expect(await passwords.verify("anything", hash)).toBe(false);
    },
  );
});
