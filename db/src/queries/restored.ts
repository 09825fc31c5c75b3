import { sql } from "drizzle-orm";
import { authBatches, custody, dataKeys, idempotencyKeys, workers } from "../schema/index.ts";
import type { Transaction } from "../types.ts";
import { databaseNowMs, LOCK_DELAY_MS } from "./custody.ts";

/** What is added to the highest epoch that is known, where the clock alone would not be above it. */
export const EPOCH_STEP = 2 ** 20;

/**
 * Ends every lease of a database that was put back, and keeps out whoever was granted one after the copy was made.
 *
 * Guarantee: each bot's epoch is above every epoch that was handed out for it before, also in the time that the copy does not
 * know of and after earlier restores of the same copy. It becomes the present time in milliseconds, which a count of
 * grants that starts at 0, or at the time of an earlier restore, does not reach: that would take a thousand grants of one bot
 * every second. Where the clock went back, a step above the copy's own epoch and above `knownEpoch`, the highest of the
 * database that is replaced, is the least. Nobody's end was clean, so that every next holder recovers; a frozen bot stays
 * frozen. Example: epoch 7 in a copy that is put back in November 2026: 1795388884843.
 */
export async function endAllCustody(tx: Transaction, knownEpoch: number): Promise<void> {
  await tx.update(custody).set({
    epoch: sql`max(${databaseNowMs}, ${custody.epoch} + ${EPOCH_STEP}, ${knownEpoch + EPOCH_STEP})`,
    state: sql`case when ${custody.state} = 'frozen' then 'frozen' else 'free' end`,
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
    handoverTo: null,
    reservedUntilMs: null,
    drainDeadlineMs: null,
    stalledSinceMs: null,
  });
}

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
