import { and, eq, gt, inArray, lte, ne, or, type SQL, sql } from "drizzle-orm";
import { type BotId, bots, custody } from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";
import {
  databaseNowMs,
  isHeld,
  isLease,
  type LeaseName,
  LOCK_DELAY_MS,
  noDrain,
  noHolder,
  RESERVATION_MS,
  renewLease,
} from "./custody.ts";

const isOver = lte(custody.expiresAtMs, databaseNowMs);

/** A bot, its custody row and the database's clock, read at one instant. */
export interface CustodyReading {
  readonly bot: typeof bots.$inferSelect;
  readonly custody: typeof custody.$inferSelect;
  readonly nowMs: number;
}

/** The custody rows that `condition` holds for, `limit` at most. */
export const readCustody = (reader: Pick<Reader, "select">, condition: SQL | undefined, limit = 1) =>
  reader
    .select({ bot: bots, custody, nowMs: databaseNowMs })
    .from(custody)
    .innerJoin(bots, eq(bots.id, custody.botId))
    .where(condition)
    .limit(limit);

/** What a holder asks for with a renewal. */
export interface Renewal {
  readonly ttlMs: number;
  /** true: the connection does not get on; the first renewal that says so is remembered. */
  readonly isStalled: boolean;
}

/** {@link renewLease} for a microservice: the life it asks for and whether its connection gets on are remembered. */
export async function renewKeyLease(tx: Transaction, lease: LeaseName, { ttlMs, isStalled }: Renewal) {
  const stalledSinceMs = isStalled ? sql`coalesce(${custody.stalledSinceMs}, ${databaseNowMs})` : null;
  const [row] = await renewLease(tx, lease, ttlMs, { ttlMs, stalledSinceMs });
  return row ?? null;
}

/** Who goes on with a lease, and for how long. */
export interface Extension {
  readonly lease: LeaseName;
  /** The key that asks, and those it follows after a rotation: one of them must hold the lease. */
  readonly keyIds: readonly string[];
  readonly keyId: string;
  readonly ttlMs: number;
  readonly lifeMsMax: number;
}

/**
 * Gives a lease that is alive a new greatest life, without a change of epoch: nothing has to be recovered, and batches on
 * their way stay good. It is `keyId`'s afterwards. No row: over, asked back, or somebody else's.
 */
export async function extendLease(tx: Transaction, extension: Extension) {
  const { lease, keyIds, keyId, lifeMsMax } = extension;
  const ttlMs = Math.min(extension.ttlMs, lifeMsMax);
  const isTheirs = and(eq(custody.holderKind, "key"), inArray(custody.holderId, [...keyIds]));
  const [row] = await tx
    .update(custody)
    .set({
      holderId: keyId,
      ttlMs: extension.ttlMs,
      maxExpiresAtMs: sql`${databaseNowMs} + ${lifeMsMax}`,
      expiresAtMs: sql`max(${custody.expiresAtMs}, ${databaseNowMs} + ${ttlMs})`,
    })
    .where(and(isLease(lease), eq(custody.state, "held"), isTheirs, gt(custody.expiresAtMs, databaseNowMs)))
    .returning({ nowMs: databaseNowMs });
  return row ?? null;
}

/**
 * Asks the holder to give the bot back by `drainMs` from now, and keeps it for `to` until some time after that. No row:
 * nobody holds it under this lease any more, or it was asked back before; then nothing changes.
 */
export async function drainLease(tx: Transaction, lease: LeaseName, { to, drainMs }: { to: string; drainMs: number }) {
  const deadline = sql`${databaseNowMs} + ${drainMs}`;
  const [row] = await tx
    .update(custody)
    .set({
      state: "draining",
      drainDeadlineMs: deadline,
      handoverTo: to,
      reservedUntilMs: sql`${deadline} + ${RESERVATION_MS}`,
    })
    .where(and(isLease(lease), eq(custody.state, "held"), gt(custody.expiresAtMs, databaseNowMs)))
    .returning();
  return row ?? null;
}

/** Keeps a bot for `to` that nobody holds, or whose lease has run out. No row: somebody holds it, or it is frozen. */
export async function reserveBot(tx: Transaction, botId: BotId, to: string) {
  const [row] = await tx
    .update(custody)
    .set({ handoverTo: to, reservedUntilMs: sql`${databaseNowMs} + ${RESERVATION_MS}` })
    .where(and(eq(custody.botId, botId), or(eq(custody.state, "free"), and(isHeld, isOver))))
    .returning();
  return row ?? null;
}

/**
 * Ends whatever lease there is: the epoch is raised, so that its holder writes nothing more, and the lock-delay runs. A
 * frozen bot stays frozen, and one nobody holds keeps its clean end. `isFrozen` freezes it as well: nobody is granted it then.
 * No row: the epoch is another than the caller has seen.
 */
export async function revokeCustody(tx: Transaction, seen: { botId: BotId; epoch: number }, isFrozen: boolean) {
  const wasHeld = sql`${custody.state} in ('held', 'draining')`;
  const [row] = await tx
    .update(custody)
    .set({
      ...noHolder,
      ...noDrain,
      epoch: sql`${custody.epoch} + 1`,
      state: isFrozen ? "frozen" : sql`case when ${custody.state} = 'frozen' then 'frozen' else 'free' end`,
      isClean: sql`case when ${wasHeld} then 0 else ${custody.isClean} end`,
      notBeforeMs: sql`case when ${wasHeld} then ${databaseNowMs} + ${LOCK_DELAY_MS} else ${custody.notBeforeMs} end`,
      handoverTo: null,
      reservedUntilMs: null,
    })
    .where(and(eq(custody.botId, seen.botId), eq(custody.epoch, seen.epoch)))
    .returning();
  return row ?? null;
}

/** Lets a frozen bot be granted again. No row: it was not frozen. */
export async function unfreezeCustody(tx: Transaction, botId: BotId) {
  const [row] = await tx
    .update(custody)
    .set({ state: "free" })
    .where(and(eq(custody.botId, botId), eq(custody.state, "frozen")))
    .returning();
  return row ?? null;
}

/** Leases of this API key, whether they are over or not, as long as nobody else was granted the bot. */
export const isHeldByKey = (keyId: string): SQL | undefined =>
  and(isHeld, eq(custody.holderKind, "key"), eq(custody.holderId, keyId));

/**
 * Ends the leases of this API key `lifeMs` from now at the latest. None lives longer afterwards, and none is given back or taken.
 * Example: a lease to 14:00 with a greatest life to tomorrow, cut at 13:59 to an hour: both ends are 14:59 at the latest.
 */
export function cutLeasesOfKey(tx: Transaction, keyId: string, lifeMs: number) {
  const end = sql`${databaseNowMs} + ${lifeMs}`;
  return tx
    .update(custody)
    .set({
      expiresAtMs: sql`min(${custody.expiresAtMs}, ${end})`,
      maxExpiresAtMs: sql`min(coalesce(${custody.maxExpiresAtMs}, ${end}), ${end})`,
    })
    .where(isHeldByKey(keyId));
}

/** Keeps no bot for this key any more. A drain that was begun for it goes on. */
export const forgetReservations = (tx: Transaction, keyId: string) =>
  tx.update(custody).set({ handoverTo: null, reservedUntilMs: null }).where(eq(custody.handoverTo, keyId));

/** Leases of microservices that have run out and of which nobody was told yet: their bots still say `handed-over`. */
export const isUntoldExpiry = (): SQL | undefined =>
  and(isHeld, eq(custody.holderKind, "key"), isOver, eq(bots.state, "handed-over"), sql`${bots.deletedAtMs} is null`);

/**
 * Bots whose microservice has been gone for long enough: `reclaimAfterMs` after the end of its lease, or twice the life
 * it asked for where that is null; and those that are assigned to a key which has no lease any more, and are kept for nobody.
 */
export function isAbandoned(reclaimAfterMs: number | null): SQL | undefined {
  const afterMs = reclaimAfterMs === null ? sql`2 * coalesce(${custody.ttlMs}, 30000)` : sql`${reclaimAfterMs}`;
  const isLongGone = and(isHeld, sql`${custody.expiresAtMs} + ${afterMs} <= ${databaseNowMs}`);
  return and(ne(bots.assignedTo, "workers"), or(isLongGone, isStranded()));
}

/** Free, kept for nobody, and not deleted, of which a worker disposes whoever has it. */
const isStranded = (): SQL | undefined =>
  and(
    eq(custody.state, "free"),
    sql`(${custody.handoverTo} is null or coalesce(${custody.reservedUntilMs}, 0) <= ${databaseNowMs})`,
    sql`${bots.deletedAtMs} is null`,
  );
