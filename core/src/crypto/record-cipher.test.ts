import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { importAeadKey, SealBrokenError } from "./aead.ts";
import { randomBytes } from "./bytes.ts";
import { importHmacKey } from "./hmac.ts";
import { openRecord, type RecordAddress, recordKeyOf, sealRecord } from "./record-cipher.ts";

const TAMPERINGS = 2_000;

async function sealedRecord() {
  const key = await importAeadKey(randomBytes(32));
  const index = await importHmacKey(randomBytes(32));
  const recordKey = await recordKeyOf(index, "bot_1", "session", "34600000001.0");
  const address: RecordAddress = { botId: "bot_1", type: "session", recordKey, version: 7, dataKeyId: 1 };
  return { key, address, ciphertext: await sealRecord(key, address, "34600000001.0", '{"a":1}') };
}

describe("a sealed record", () => {
  it("opens with its id and value at its own address", async () => {
    const { key, address, ciphertext } = await sealedRecord();
    expect(await openRecord(key, address, ciphertext)).toEqual({ id: "34600000001.0", value: '{"a":1}' });
  });

  it.each<[string, Partial<RecordAddress>]>([
    ["another bot", { botId: "bot_2" }],
    ["another type", { type: "pre-key" }],
    ["another id", { recordKey: new Uint8Array(32) }],
    ["an older version", { version: 6 }],
    ["another data key id", { dataKeyId: 2 }],
  ])("is refused when it was moved to %s", async (_, changes) => {
    const { key, address, ciphertext } = await sealedRecord();
    await expect(openRecord(key, { ...address, ...changes }, ciphertext)).rejects.toBeInstanceOf(SealBrokenError);
  });

  it("is refused after any change of any byte, and when cut short", async () => {
    const { key, address, ciphertext } = await sealedRecord();
    const anyEdit = fc.tuple(fc.nat(ciphertext.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(anyEdit, async ([position, change]) => {
        const altered = Uint8Array.from(ciphertext);
        altered[position] = (altered[position] ?? 0) ^ change;
        await expect(openRecord(key, address, altered)).rejects.toBeInstanceOf(SealBrokenError);
      }),
      { numRuns: TAMPERINGS },
    );
    for (const length of [0, 4, 16, 27, ciphertext.length - 1])
      await expect(openRecord(key, address, ciphertext.subarray(0, length))).rejects.toBeInstanceOf(SealBrokenError);
  });

  it("shows neither id nor value, and no two seals are alike", async () => {
    const { key, address, ciphertext } = await sealedRecord();
    const again = await sealRecord(key, address, "34600000001.0", '{"a":1}');
    expect(Buffer.from(ciphertext).toString("latin1")).not.toContain("34600000001");
    expect(Buffer.from(again).equals(Buffer.from(ciphertext))).toBe(false);
  });
});
