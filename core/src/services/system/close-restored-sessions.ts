import { authRecords, type BotId, bots, custody } from "@switchboard/db/schema";
import { and, asc, eq, inArray } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { SealBrokenError } from "../../crypto/aead.ts";
import { randomBytes } from "../../crypto/bytes.ts";
import { openRecord } from "../../crypto/record-cipher.ts";
import { closeRestored, type RestoredRecord, renumberRestoredPreKeys } from "../../domain/restored-session.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";
import { type BotDataKeys, MissingDataKeyError, openDataKeys } from "../auth-state/data-keys.ts";
import { CREDS_TYPE } from "../auth-state/open-record-store.ts";
import { sealChanges } from "../auth-state/seal-changes.ts";

/** What was done to the sessions of a database that was put back. */
export interface ClosedSessions {
  /** Conversations that begin anew with the next message, and keys of groups that are made anew. */
  readonly closed: number;
  /** Records that do not open, or hold what no client reads: they stay as they are. */
  readonly broken: number;
}

/** What of a session speaks of what was sent. */
const TYPES = ["session", "sender-key", "sender-key-memory", "device-list", CREDS_TYPE];

/**
 * Makes the sessions of a database that was put back safe to send from: see domain/restored-session.ts. Each bot's in one
 * transaction, as a batch of its own. Safe to repeat. Nobody may hold a bot meanwhile.
 */
export async function closeRestoredSessions(ctx: ServiceContext): Promise<ClosedSessions> {
  let [closed, broken] = [0, 0];
  for (const { id } of await ctx.db.reader.select({ id: bots.id }).from(bots).orderBy(asc(bots.id))) {
    const keys = openDataKeys(ctx, id);
    const opened = await openAll(ctx, id, keys);
    const { changes, unreadable } = changesOf(opened.records, ctx.clock.nowMs());
    broken += opened.broken + unreadable;
    closed += changes.filter(({ type }) => type === "session" || type === "sender-key").length;
    if (changes.length > 0) await write(ctx, id, keys, changes);
  }
  return { closed, broken };
}

async function openAll(ctx: ServiceContext, botId: BotId, keys: BotDataKeys) {
  const isOfTypes = and(eq(authRecords.botId, botId), inArray(authRecords.type, TYPES));
  const records: RestoredRecord[] = [];
  let broken = 0;
  for (const row of await ctx.db.reader.select().from(authRecords).where(isOfTypes)) {
    try {
      const record = await openRecord(await keys.opening(row.dataKeyId), row, row.ciphertext);
      records.push({ type: row.type, ...record });
    } catch (err) {
      if (!(err instanceof SealBrokenError || err instanceof MissingDataKeyError)) throw err;
      broken += 1;
    }
  }
  return { records, broken };
}

function changesOf(records: readonly RestoredRecord[], nowMs: number) {
  const changes: AuthRecord[] = [];
  let unreadable = 0;
  for (const record of records) {
    try {
      const value =
        record.type === CREDS_TYPE
          ? renumberRestoredPreKeys(record.value, randomShare())
          : closeRestored(record, nowMs);
      if (value !== record.value) changes.push({ ...record, value });
    } catch (err) {
      if (!(err instanceof SyntaxError || err instanceof TypeError)) throw err;
      unreadable += 1;
    }
  }
  return { changes, unreadable };
}

/** A random number from 0 up to 1. */
const randomShare = (): number => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32;

async function write(
  ctx: ServiceContext,
  botId: BotId,
  keys: BotDataKeys,
  changes: readonly AuthRecord[],
): Promise<void> {
  const [held] = await ctx.db.reader.select().from(custody).where(eq(custody.botId, botId));
  if (!held) return;
  const version = held.authRevision + 1;
  const sealed = await sealChanges(ctx, await keys.sealing(changes.length), { botId, version }, changes);
  await ctx.db.write(async (tx) => {
    await tx.update(custody).set({ authRevision: version }).where(eq(custody.botId, botId));
    for (const { type, recordKey, ...rest } of sealed.set) {
      const row = { ...rest, version, epoch: held.epoch };
      const target = [authRecords.botId, authRecords.type, authRecords.recordKey];
      await tx
        .insert(authRecords)
        .values({ botId, type, recordKey, ...row })
        .onConflictDoUpdate({ target, set: row });
    }
    for (const { type, recordKey } of sealed.remove)
      await tx
        .delete(authRecords)
        .where(and(eq(authRecords.botId, botId), eq(authRecords.type, type), eq(authRecords.recordKey, recordKey)));
  });
}
