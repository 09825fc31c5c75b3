import { type BotId, dataKeys } from "@switchboard/db/schema";
import type { Database, Transaction } from "@switchboard/db/types";
import { and, eq, sql } from "drizzle-orm";
import { importAeadKey } from "../../crypto/aead.ts";
import { type Bytes, copyBytes, randomBytes } from "../../crypto/bytes.ts";
import type { MasterKey, MasterKeys } from "../../crypto/master-key.ts";
import type { SubtleKey } from "../../crypto/subtle-key.ts";
import type { Clock } from "../../ports/clock.ts";
import { isWrappingKey, wrappingKey } from "../keys-rotation/master-key-state.ts";

/** Seals reserved at a time: a crash over-counts by this many at most, and never under-counts. */
const USES_PER_RESERVATION = 1_000;
/** Bytes of a data key. */
const DATA_KEY_BYTES = 32;
/** How often what a rotation changed in between is asked for again; each rotation of one bot takes far longer than a try. */
const TRIES_MAX = 5;

/** The opened data keys of one bot. */
export interface BotDataKeys {
  /** The key for new seals; counts the use in the database, a block at a time. */
  sealing(uses: number): Promise<{ readonly id: number; readonly key: SubtleKey }>;
  /** The key a record was sealed under. @throws MissingDataKeyError when the bot has no such key (any more) */
  opening(id: number): Promise<SubtleKey>;
  /** Gives up the present block: the next `sealing` asks for the newest key. For who learns that a key was retired. */
  renew(): void;
}

/** The row that holds this data key is gone: it was retired, and nothing is sealed under it any more. */
export class MissingDataKeyError extends Error {
  override readonly name = "MissingDataKeyError";
  constructor(botId: BotId, id: number) {
    super(`bot ${botId} has no data key ${id}`);
  }
}

type KeyContext = { readonly db: Database; readonly keyring: { readonly master: MasterKeys }; readonly clock: Clock };

/** Data keys of a bot, opened when first needed and kept for the life of the object. Makes the first key of a new bot. */
export function openDataKeys(ctx: KeyContext, botId: BotId): BotDataKeys {
  const opened = new Map<number, Promise<SubtleKey>>();
  let current: { id: number; reserved: number } | null = null;

  const opening = (id: number): Promise<SubtleKey> => {
    const known = opened.get(id) ?? unwrapKey(ctx, botId, id);
    opened.set(id, known);
    known.catch(() => opened.delete(id));
    return known;
  };
  const sealing = async (uses: number) => {
    if (!current || current.reserved < uses) current = await reserve(ctx, botId, uses);
    current.reserved -= uses;
    return { id: current.id, key: await opening(current.id) };
  };
  const renew = () => {
    current = null;
  };
  return { sealing, opening, renew };
}

/**
 * Repeats a read whose rows named a data key that is gone: between the rows and their key a rotation came to its end, and
 * the rows are under a newer key by now. @throws MissingDataKeyError when that is not why
 */
export async function readThroughRotation<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (err) {
      if (!(err instanceof MissingDataKeyError) || tries === TRIES_MAX) throw err;
    }
  }
}

/** A new data key under the key that wraps new things, ready to be inserted where `isWrappingKey` still holds. */
export async function wrapNewDataKey(
  ctx: KeyContext,
  botId: BotId,
  id: number,
): Promise<Pick<typeof dataKeys.$inferInsert, "botId" | "id" | "masterKeyId" | "createdAtMs"> & { wrapped: Bytes }> {
  const master = await wrappingKey(ctx.db.reader, ctx.keyring.master);
  const wrapped = await master.wrap(randomBytes(DATA_KEY_BYTES), dataKeyContext(botId, id));
  return { botId, id, masterKeyId: master.id, wrapped, createdAtMs: ctx.clock.nowMs() };
}

async function reserve(ctx: KeyContext, botId: BotId, uses: number): Promise<{ id: number; reserved: number }> {
  const reserved = Math.max(uses, USES_PER_RESERVATION);
  const known = await ctx.db.write((tx) => countUses(tx, botId, reserved));
  if (known !== null) return { id: known, reserved };
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const first = await wrapNewDataKey(ctx, botId, 1);
    const id = await ctx.db.write(async (tx) => {
      const theirs = await countUses(tx, botId, reserved);
      if (theirs !== null || !(await isWrappingKey(tx, first.masterKeyId))) return theirs;
      await tx.insert(dataKeys).values({ ...first, uses: reserved });
      return first.id;
    });
    if (id !== null) return { id, reserved };
  }
  throw new Error("the master key is rotated again and again");
}

/** Counts uses of the newest key that is not retired, and answers which it is; null when there is none. */
async function countUses(tx: Transaction, botId: BotId, uses: number): Promise<number | null> {
  const newest = sql`(select max(id) from data_keys where bot_id = ${botId} and retired_at_ms is null)`;
  const [row] = await tx
    .update(dataKeys)
    .set({ uses: sql`${dataKeys.uses} + ${uses}` })
    .where(and(eq(dataKeys.botId, botId), eq(dataKeys.id, newest)))
    .returning({ id: dataKeys.id });
  return row?.id ?? null;
}

async function unwrapKey(ctx: KeyContext, botId: BotId, id: number): Promise<SubtleKey> {
  const [row] = await ctx.db.reader
    .select()
    .from(dataKeys)
    .where(and(eq(dataKeys.botId, botId), eq(dataKeys.id, id)));
  if (!row) throw new MissingDataKeyError(botId, id);
  return openDataKeyRow(ctx, row);
}

type DataKeyRow = Pick<typeof dataKeys.$inferSelect, "botId" | "id" | "masterKeyId" | "wrapped">;

/**
 * Opens a data key whose row was read already, together with what it seals.
 * @throws WrongMasterKeyError; SealBrokenError when the row was altered or moved
 */
export async function openDataKeyRow(ctx: Pick<KeyContext, "keyring">, row: DataKeyRow): Promise<SubtleKey> {
  return importAeadKey(await unwrapDataKey(await ctx.keyring.master.find(row.masterKeyId), row));
}

/** The bytes of a data key, to be wrapped again and for nothing else. @throws SealBrokenError */
export const unwrapDataKey = (master: MasterKey, { botId, id, wrapped }: DataKeyRow): Promise<Bytes> =>
  master.unwrap(copyBytes(wrapped), dataKeyContext(botId, id));

/** What a wrapped data key is bound to. */
export const dataKeyContext = (botId: BotId, id: number): readonly string[] => ["data-key", botId, String(id)];
