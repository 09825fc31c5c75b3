import { findRestored, finishRestored, type RestoredBot, restoreStatements } from "@switchboard/db/queries/restored";
import { authRecords, type BotId } from "@switchboard/db/schema";
import { and, eq, inArray } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { SealBrokenError } from "../../crypto/aead.ts";
import { openRecord } from "../../crypto/record-cipher.ts";
import type { RestoredRecord } from "../../domain/restored-session.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";
import { closeStaleRecord } from "../auth-state/close-stale-record.ts";
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

/** Records of one atomic batch: a few megabytes. */
const RECORDS_PER_BATCH = 1_000;

/**
 * Makes the sessions of a database that was put back safe to send from: see domain/restored-session.ts. Each bot that
 * `endAllCustody` keeps everybody from is done in batches, and only then may it be granted. Whatever ends this earlier leaves it
 * kept: end all custody again, and call this again.
 * @throws ServiceError conflict when a bot was let go, or taken up by another restore, meanwhile
 */
export async function closeRestoredSessions(ctx: ServiceContext): Promise<ClosedSessions> {
  let [closed, broken] = [0, 0];
  for (const bot of await findRestored(ctx.db.reader)) {
    const keys = openDataKeys(ctx, bot.botId);
    const opened = await openAll(ctx, bot.botId, keys);
    const { changes, unreadable } = changesOf(opened.records, ctx.clock.nowMs());
    broken += opened.broken + unreadable;
    closed += changes.filter(({ type }) => type === "session" || type === "sender-key").length;
    await writeAll(ctx, bot, keys, changes);
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
      const value = closeStaleRecord(record, nowMs);
      if (value !== record.value) changes.push({ ...record, value });
    } catch (err) {
      if (!(err instanceof SyntaxError || err instanceof TypeError)) throw err;
      unreadable += 1;
    }
  }
  return { changes, unreadable };
}

async function writeAll(
  ctx: ServiceContext,
  bot: RestoredBot,
  keys: BotDataKeys,
  changes: readonly AuthRecord[],
): Promise<void> {
  const runId = ctx.ids.next("lease");
  let { authRevision } = bot;
  for (let start = 0; start < changes.length; start += RECORDS_PER_BATCH) {
    const part = changes.slice(start, start + RECORDS_PER_BATCH);
    const place = { botId: bot.botId, version: authRevision + 1 };
    const sealed = await sealChanges(ctx, await keys.sealing(part.length), place, part);
    const [raised] = await ctx.db.writeBatch((statements) =>
      restoreStatements(statements, { ...bot, authRevision }, sealed, runId),
    );
    if (raised.length === 0) throw touched(bot);
    authRevision += 1;
  }
  const [finished] = await ctx.db.writeBatch((statements) => [finishRestored(statements, bot)]);
  if (finished.length === 0) throw touched(bot);
}

const touched = ({ botId }: RestoredBot) =>
  new ServiceError(
    "conflict",
    `The bot ${botId} was changed while its session was made safe. Stop every process, and restore once more.`,
  );
