import { describe, expect, it } from "vitest";
import { importAeadKey, SealBrokenError, seal } from "./aead.ts";
import { type Bytes, randomBytes, utf8 } from "./bytes.ts";
import { importHmacKey } from "./hmac.ts";
import { openMasterKey } from "./master-key.ts";
import { openRecord, type RecordAddress, recordKeyOf, sealRecord } from "./record-cipher.ts";
import type { SubtleKey } from "./subtle-key.ts";

const EDITS = 10_000;
/** A part of the million that a data key may be asked for: a repetition of random 96-bit nonces would show long before. */
const NONCES = 20_000;
const AT_ONCE = 250;

interface Row {
  readonly address: RecordAddress;
  readonly ciphertext: Bytes;
}

/** A whole number below `bound`. */
const below = (bound: number): number => Math.floor(Math.random() * bound);
function pick<T>(items: readonly T[]): T {
  const item = items[below(items.length)];
  if (item === undefined) throw new Error("nothing to pick");
  return item;
}

/** Three bots, each with two data keys and sixty records in three versions of every row. */
async function makeRows() {
  const index = await importHmacKey(randomBytes(32));
  const keys = new Map<string, SubtleKey>();
  const rows: Row[] = [];
  for (const botId of ["bot_a", "bot_b", "bot_c"])
    for (const dataKeyId of [1, 2]) {
      const key = await importAeadKey(randomBytes(32));
      keys.set(`${botId} ${dataKeyId}`, key);
      for (const type of ["session", "pre-key", "creds"])
        for (let id = 0; id < 10; id += 1)
          for (const version of [1, 2, 3]) {
            const address = {
              botId,
              type,
              recordKey: await recordKeyOf(index, botId, type, `${id}`),
              version,
              dataKeyId,
            };
            rows.push({ address, ciphertext: await sealRecord(key, address, `${id}`, `value ${version}`) });
          }
    }
  return { keys, rows };
}

/** What somebody who can write to the database, and has no key, may do to a row. */
const edits: Readonly<Record<string, (row: Row, other: Row) => Row>> = {
  "another row's ciphertext": (row, other) => ({ ...row, ciphertext: other.ciphertext }),
  "an earlier or later version": (row) => ({
    ...row,
    address: { ...row.address, version: (row.address.version % 3) + 1 },
  }),
  "another bot's row": (row, other) => ({ ...row, address: { ...row.address, botId: other.address.botId } }),
  "another type": (row, other) => ({ ...row, address: { ...row.address, type: other.address.type } }),
  "another name": (row, other) => ({ ...row, address: { ...row.address, recordKey: other.address.recordKey } }),
  "another data key": (row) => ({ ...row, address: { ...row.address, dataKeyId: 3 - row.address.dataKeyId } }),
  "a flipped bit": (row) => {
    const ciphertext = Uint8Array.from(row.ciphertext);
    const at = below(ciphertext.length);
    ciphertext[at] = (ciphertext[at] ?? 0) ^ (1 << below(8));
    return { ...row, ciphertext };
  },
  "a shorter ciphertext": (row) => ({ ...row, ciphertext: row.ciphertext.slice(0, below(row.ciphertext.length)) }),
  "a longer ciphertext": (row) => ({ ...row, ciphertext: Uint8Array.from([...row.ciphertext, below(256)]) }),
  "bytes of one's own": (row) => ({ ...row, ciphertext: randomBytes(row.ciphertext.length) }),
};

const isUnchanged = (one: Row, other: Row): boolean =>
  Buffer.compare(one.ciphertext, other.ciphertext) === 0 &&
  JSON.stringify({ ...one.address, recordKey: [...one.address.recordKey] }) ===
    JSON.stringify({ ...other.address, recordKey: [...other.address.recordKey] });

describe("rows that were tampered with", () => {
  it("none of ten thousand edits is opened, while every row that was left alone is", async () => {
    const { keys, rows } = await makeRows();
    const open = ({ address, ciphertext }: Row) => {
      const key = keys.get(`${address.botId} ${address.dataKeyId}`);
      if (!key) throw new Error("no such key");
      return openRecord(key, address, ciphertext);
    };
    for (const row of rows) expect((await open(row)).value).toBe(`value ${row.address.version}`);
    const opened: string[] = [];
    let tried = 0;
    while (tried < EDITS) {
      const batch = Array.from({ length: AT_ONCE }, () => {
        const [kind, row] = [pick(Object.keys(edits)), pick(rows)];
        return { kind, row, edited: edits[kind]?.(row, pick(rows)) ?? row };
      }).filter(({ row, edited }) => !isUnchanged(row, edited) && !rows.some((each) => isUnchanged(each, edited)));
      const results = await Promise.allSettled(batch.map(({ edited }) => open(edited)));
      results.forEach((result, at) => {
        if (result.status === "fulfilled") opened.push(batch[at]?.kind ?? "");
        else if (!(result.reason instanceof SealBrokenError)) throw result.reason;
      });
      tried += batch.length;
    }
    expect(opened).toEqual([]);
  });

  it("wrapped keys are opened in their own place under their own master key only", async () => {
    const masters = await Promise.all([1, 2].map(() => openMasterKey(randomBytes(32))));
    const places = ["bot_a", "bot_b"].flatMap((bot) => ["1", "2"].map((id) => ["data-key", bot, id]));
    const purposes = ["index", "audit"].map((purpose) => ["installation-secret", purpose, "1"]);
    const wraps: { readonly master: number; readonly context: readonly string[]; readonly wrapped: Bytes }[] = [];
    for (const [master, key] of masters.entries())
      for (const context of [...places, ...purposes])
        wraps.push({ master, context, wrapped: await key.wrap(randomBytes(32), context) });
    for (const { wrapped } of wraps)
      for (const [master, key] of masters.entries())
        for (const context of [...places, ...purposes]) {
          const own = wraps.find((each) => each.master === master && each.context === context);
          const result = key.unwrap(wrapped, context);
          if (own?.wrapped === wrapped) expect(await result).toHaveLength(32);
          else await expect(result).rejects.toBeInstanceOf(SealBrokenError);
        }
  });
});

it("no nonce comes twice under one key", async () => {
  const key = await importAeadKey(randomBytes(32));
  const seen = new Set<string>();
  for (let made = 0; made < NONCES; made += AT_ONCE) {
    const sealed = await Promise.all(Array.from({ length: AT_ONCE }, () => seal(key, utf8("x"), utf8("y"))));
    for (const bytes of sealed) seen.add(Buffer.from(bytes.subarray(0, 12)).toString("base64"));
  }
  expect(seen.size).toBe(Math.ceil(NONCES / AT_ONCE) * AT_ONCE);
});
