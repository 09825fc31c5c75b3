import { type BotId, dataKeys } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { and, eq, sql } from "drizzle-orm";
import { importAeadKey } from "../../crypto/aead.ts";
import { type Bytes, copyBytes, randomBytes } from "../../crypto/bytes.ts";
import type { MasterKey } from "../../crypto/master-key.ts";
import type { SubtleKey } from "../../crypto/subtle-key.ts";
import type { Clock } from "../../ports/clock.ts";

/** Seals reserved at a time: a crash over-counts by this many at most, and never under-counts. */
const USES_PER_RESERVATION = 1_000;

/** The opened data keys of one bot. */
export interface BotDataKeys {
  /** The key for new seals; counts the use in the database, a block at a time. */
  sealing(uses: number): Promise<{ readonly id: number; readonly key: SubtleKey }>;
  /** The key a record was sealed under. @throws Error when the bot has no such key */
  opening(id: number): Promise<SubtleKey>;
}

type KeyContext = { readonly db: Database; readonly keyring: { readonly master: MasterKey }; readonly clock: Clock };

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
  return { sealing, opening };
}

async function reserve(ctx: KeyContext, botId: BotId, uses: number): Promise<{ id: number; reserved: number }> {
  const wrapped = await wrapNewKey(ctx, botId);
  const reserved = Math.max(uses, USES_PER_RESERVATION);
  return ctx.db.write(async (tx) => {
    const newest = sql`(select max(id) from data_keys where bot_id = ${botId} and retired_at_ms is null)`;
    const [row] = await tx
      .update(dataKeys)
      .set({ uses: sql`${dataKeys.uses} + ${reserved}` })
      .where(and(eq(dataKeys.botId, botId), eq(dataKeys.id, newest)))
      .returning({ id: dataKeys.id });
    if (row) return { id: row.id, reserved };
    const first = { botId, id: 1, masterKeyId: ctx.keyring.master.id, wrapped, uses: reserved };
    await tx.insert(dataKeys).values({ ...first, createdAtMs: ctx.clock.nowMs() });
    return { id: 1, reserved };
  });
}

const wrapNewKey = (ctx: KeyContext, botId: BotId): Promise<Bytes> =>
  ctx.keyring.master.wrap(randomBytes(32), keyContext(botId, 1));

async function unwrapKey(ctx: KeyContext, botId: BotId, id: number): Promise<SubtleKey> {
  const [row] = await ctx.db.reader
    .select()
    .from(dataKeys)
    .where(and(eq(dataKeys.botId, botId), eq(dataKeys.id, id)));
  if (!row) throw new Error(`bot ${botId} has no data key ${id}`);
  return openDataKeyRow(ctx, row);
}

/** Opens a data key whose row was read already, together with what it seals. */
export async function openDataKeyRow(
  ctx: Pick<KeyContext, "keyring">,
  row: Pick<typeof dataKeys.$inferSelect, "botId" | "id" | "wrapped">,
): Promise<SubtleKey> {
  return importAeadKey(await ctx.keyring.master.unwrap(copyBytes(row.wrapped), keyContext(row.botId, row.id)));
}

const keyContext = (botId: BotId, id: number) => ["data-key", botId, String(id)];
