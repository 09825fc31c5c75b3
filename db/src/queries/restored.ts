import { and, asc, eq, inArray, isNull, or, sql } from "drizzle-orm";
import { authBatches, type BotId, custody, dataKeys, idempotencyKeys, workers } from "../schema/index.ts";
import type { Reader, Statements, Transaction } from "../types.ts";
import { isKeyInUse, type SealedBatch, writeRecords } from "./auth-records.ts";
import { databaseNowMs, LOCK_DELAY_MS } from "./custody.ts";

/** What is added to the highest epoch that is known, where the clock alone would not be above it. */
export const EPOCH_STEP = 2 ** 20;

/** For whom a restored bot is kept: for nobody, and what it was before. No key has such an id. */
const WAS_FREE = "restore:free";
const WAS_FROZEN = "restore:frozen";
const isMarked = inArray(custody.handoverTo, [WAS_FREE, WAS_FROZEN]);
/** The last instant that is told as an ISO 8601 time of four-digit years. */
const FOR_EVER_MS = Date.UTC(9999, 11, 31);

/**
 * Ends every lease of a database that was put back, and keeps out whoever was granted one after the copy was made.
 *
 * Guarantee: each bot's epoch is above every epoch that was handed out for it before, also in the time that the copy does not
 * know of and after earlier restores of the same copy. It becomes the present time in milliseconds, which a count of
 * grants that starts at 0, or at the time of an earlier restore, does not reach: that would take a thousand grants of one bot
 * every second. Where the clock went back, a step above the copy's own epoch and above `knownEpoch`, the highest of the
 * database that is replaced, is the least. Nobody's end was clean, so that every next holder recovers. Every bot is frozen and
 * marked until `finishRestored`, which leaves those frozen that were: until then nobody is granted it, also where this is called
 * again, or somebody unfreezes it. Example: epoch 7 in a copy that is put back in November 2026: 1795388884843.
 */
export async function endAllCustody(tx: Transaction, knownEpoch: number): Promise<void> {
  await tx.update(custody).set({
    epoch: sql`max(${databaseNowMs}, ${custody.epoch} + ${EPOCH_STEP}, ${knownEpoch + EPOCH_STEP})`,
    state: "frozen",
    handoverTo: sql`case when ${isMarked} then ${custody.handoverTo} when ${custody.state} = 'frozen' then ${WAS_FROZEN} else ${WAS_FREE} end`,
    reservedUntilMs: FOR_EVER_MS,
    holderKind: null,
    holderId: null,
    leaseId: null,
    grantedAtMs: null,
    ttlMs: null,
    maxExpiresAtMs: null,
    expiresAtMs: 0,
    notBeforeMs: sql`${databaseNowMs} + ${LOCK_DELAY_MS}`,
    isClean: false,
    wasClean: false,
    drainDeadlineMs: null,
    stalledSinceMs: null,
  });
}

/** A bot whose session is not fit to be used yet, as its row was read. */
export interface RestoredBot {
  readonly botId: BotId;
  readonly epoch: number;
  readonly authRevision: number;
}

/** Bots that `endAllCustody` keeps everybody from, in a fixed order. */
export const findRestored = (reader: Pick<Reader, "select">) =>
  reader
    .select({ botId: custody.botId, epoch: custody.epoch, authRevision: custody.authRevision })
    .from(custody)
    .where(isMarked)
    .orderBy(asc(custody.botId));

/**
 * The statements of one atomic batch that changes records of a restored bot, sealed for the revision after `authRevision`.
 *
 * Guarantee: the first statement returns a row, or nothing was changed by any: somebody lets the bot be granted, it was granted, or
 * another restore is at it. `runId` names the caller among those.
 */
export function restoreStatements(
  statements: Statements,
  { botId, epoch, authRevision }: RestoredBot,
  { set, remove }: Pick<SealedBatch, "set" | "remove">,
  runId: string,
) {
  const revision = authRevision + 1;
  const isOwn = or(isNull(custody.leaseId), eq(custody.leaseId, runId));
  const isOf = (at: number) => and(isUntouched({ botId, epoch }), eq(custody.authRevision, at));
  const raise = statements
    .update(custody)
    .set({ authRevision: revision, leaseId: runId })
    .where(and(isOf(authRevision), isOwn, isKeyInUse(botId, set)))
    .returning({ revision: custody.authRevision });
  const isRaised = sql`exists (select 1 from ${custody} where ${and(isOf(revision), eq(custody.leaseId, runId))})`;
  return [raise, ...writeRecords(statements, { botId, epoch, revision }, { set, remove }, isRaised)] as const;
}

/** Lets a restored bot be granted again, unless it was frozen before. No row: it is not kept any more as it was read. */
export const finishRestored = (statements: Pick<Statements, "update">, bot: Pick<RestoredBot, "botId" | "epoch">) =>
  statements
    .update(custody)
    .set({
      state: sql`case when ${custody.handoverTo} = ${WAS_FROZEN} then 'frozen' else 'free' end`,
      handoverTo: null,
      reservedUntilMs: null,
      leaseId: null,
    })
    .where(isUntouched(bot))
    .returning({ state: custody.state });

/** true for a mark of `endAllCustody` in a row that was read: a restore was begun and not finished. */
export const isRestoring = ({ handoverTo }: Pick<typeof custody.$inferSelect, "handoverTo">): boolean =>
  handoverTo === WAS_FREE || handoverTo === WAS_FROZEN;

const isUntouched = ({ botId, epoch }: Pick<RestoredBot, "botId" | "epoch">) =>
  and(eq(custody.botId, botId), eq(custody.epoch, epoch), eq(custody.state, "frozen"), isMarked);

/** Forgets what was answered, and which workers are up: after the copy was made both went on without it. */
export async function forgetAnswers(tx: Transaction): Promise<void> {
  await tx.delete(authBatches);
  await tx.delete(idempotencyKeys);
  await tx.update(workers).set({ stoppedAtMs: databaseNowMs, botCount: 0 }).where(sql`${workers.stoppedAtMs} is null`);
}

/**
 * Makes every data key due. Numbers of records that were given after the copy was made are given again; under another key
 * no record of that time fits.
 */
export async function makeDataKeysDue(tx: Transaction, uses: number): Promise<void> {
  await tx.update(dataKeys).set({ uses: sql`max(${dataKeys.uses}, ${uses})` });
}

/** Has events go on above every number that readers may have seen: the present time in milliseconds. */
export async function raiseEventSequence(tx: Transaction): Promise<void> {
  await tx.run(sql`insert into sqlite_sequence (name, seq) select 'events', 0
    where not exists (select 1 from sqlite_sequence where name = 'events')`);
  await tx.run(sql`update sqlite_sequence set seq = max(seq, ${databaseNowMs}) where name = 'events'`);
}
