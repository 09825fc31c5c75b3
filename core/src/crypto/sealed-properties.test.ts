import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createSealingParties, SEALED_AT_MS, SEALING_ISSUER, type SealingParties } from "../testing/sealing-parties.ts";
import type { OpeningKey } from "./p256.ts";
import { openBatch, openContent, sealBatch, sealContent } from "./sealed-content.ts";
import { openSealed, sealTo } from "./sealed-form.ts";

const RUNS = { numRuns: 60 };

let signing: SealingParties["signing"];
let publicKeys: SealingParties["publicKeys"];
let recipient: SealingParties["recipient"];
let other: SealingParties["other"];

beforeAll(async () => {
  ({ signing, publicKeys, recipient, other } = await createSealingParties());
});

const lease = fc.option(fc.record({ leaseId: fc.string(), epoch: fc.nat() }), { nil: null });
const claims = fc.record({ keyId: fc.string({ minLength: 1 }), botId: fc.string(), lease, revision: fc.nat() });
/** JSON as it is after it travelled: what JSON cannot say is not in it. */
const content = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const seal = (bound: Parameters<typeof sealContent>[2], value: unknown) =>
  sealContent({ signing, issuer: SEALING_ISSUER, nowMs: SEALED_AT_MS }, recipient, bound, value);
const open = (jwe: string, expected: { keyId: string; botId: string }, key: OpeningKey = recipient) =>
  openContent({ recipient: key, publicKeys, issuer: SEALING_ISSUER, nowMs: SEALED_AT_MS }, expected, jwe);
const ANSWER = { typ: "session+jwe", cty: "application/jose" };
const BOUND = { keyId: "key_a", botId: "bot_a", lease: null, revision: 1 };

/** The text with one bit of one character's six changed; the dots stay. */
function flipBit(text: string, place: number, bit: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const places = [...text].flatMap((character, index) => (character === "." ? [] : [index]));
  const at = places[place % places.length] ?? 0;
  const changed = alphabet[alphabet.indexOf(text[at] ?? "A") ^ (1 << bit)] ?? "A";
  return text.slice(0, at) + changed + text.slice(at + 1);
}

describe("whatever is sealed", () => {
  it("opens for its recipient as it was, and for nobody else", async () => {
    await fc.assert(
      fc.asyncProperty(claims, content, async (bound, value) => {
        const jwe = await seal(bound, value);
        expect(await open(jwe, bound)).toEqual({ ...bound, content: value });
        await expect(open(jwe, bound, other)).rejects.toMatchObject({ reason: "unreadable" });
        await expect(open(jwe, bound, { ...other, id: recipient.id })).rejects.toMatchObject({ reason: "unreadable" });
      }),
      RUNS,
    );
  });

  it("is refused with any bit of it flipped", async () => {
    const jwe = await seal(BOUND, { creds: "x".repeat(40) });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 5 }), async (place, bit) => {
        await expect(open(flipBit(jwe, place, bit), BOUND)).rejects.toMatchObject({ reason: "unreadable" });
      }),
      { numRuns: 400 },
    );
  });

  it("is refused with any bit of its last characters flipped, part by part", async () => {
    const jwe = await seal(BOUND, {});
    const ends = [...jwe].flatMap((character, index) => (character === "." ? [index - 1] : [])).concat(jwe.length - 1);
    const dotsBefore = (end: number) => jwe.slice(0, end).split(".").length - 1;
    for (const end of ends)
      for (const bit of [0, 1, 2, 3, 4, 5])
        await expect(open(flipBit(jwe, end - dotsBefore(end), bit), BOUND)).rejects.toMatchObject({
          reason: "unreadable",
        });
  });

  it("is refused when a part of it comes from another answer for the same recipient", async () => {
    const [one, two] = await Promise.all([seal(BOUND, { a: 1 }), seal(BOUND, { a: 2 })]);
    for (const place of [0, 1, 2, 3, 4]) {
      const parts = one.split(".");
      parts[place] = two.split(".")[place] ?? "";
      await expect(open(parts.join("."), BOUND)).rejects.toMatchObject({ reason: "unreadable" });
    }
  });

  it("is refused when another recipient, who opened theirs, seals what was inside to this one", async () => {
    const toOther = { ...BOUND, keyId: "key_b" };
    const theirs = await sealContent({ signing, issuer: SEALING_ISSUER, nowMs: SEALED_AT_MS }, other, toOther, {
      creds: 1,
    });
    const inside = await openSealed(new Map([[other.id, other]]), ANSWER, theirs);
    const swapped = await sealTo(recipient, ANSWER, inside);
    await expect(open(swapped, BOUND)).rejects.toMatchObject({ reason: "claims" });
    await expect(open(swapped, toOther)).resolves.toMatchObject({ content: { creds: 1 } });
  });

  it("shows nothing of its content", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), async (canary) => {
        const jwe = await seal(BOUND, { creds: canary });
        const readable = jwe.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
        expect(`${jwe}${readable.join("")}`).not.toContain(canary);
      }),
      RUNS,
    );
  });
});

describe("whatever batch is sealed", () => {
  const batch = fc.record(
    { botId: fc.string(), leaseId: fc.string(), epoch: fc.nat(), seq: fc.nat(), set: content, creds: content },
    { requiredKeys: ["botId", "leaseId", "epoch", "seq", "set"] },
  );

  it("opens for the installation as it was, with former keys too, and with any bit flipped not at all", async () => {
    const keys = new Map([other, recipient].map((key) => [key.id, key]));
    await fc.assert(
      fc.asyncProperty(batch, fc.nat(), fc.integer({ min: 0, max: 5 }), async (value, place, bit) => {
        const jwe = await sealBatch(other, value);
        expect(await openBatch(keys, jwe)).toEqual(value);
        await expect(openBatch(keys, flipBit(jwe, place, bit))).rejects.toMatchObject({ reason: "unreadable" });
      }),
      RUNS,
    );
  });
});
