import { and, eq, gt, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import { type BotId, bots, custody } from "../schema/index.ts";
import type { Statements, Transaction } from "../types.ts";

/** The database's own clock in milliseconds: leases of several machines are judged by one clock. */
export const databaseNowMs = sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;

/** Milliseconds a bot that was let go is kept for the one it was meant for. */
export const RESERVATION_MS = 60_000;

/** Milliseconds an unclean end keeps others out, so that a holder which lost its lease has closed its socket. */
export const LOCK_DELAY_MS = 5_000;

/** Who wants a lease, and for how long. */
export interface LeaseRequest {
  readonly botId: BotId;
  readonly holderKind: "worker" | "key";
  readonly holderId: string;
  readonly leaseId: string;
  readonly ttlMs: number;
  /** Milliseconds to which renewals can prolong it; null: for ever. */
  readonly lifeMsMax: number | null;
}

/** What names a lease in every later statement: both parts must fit. */
export interface LeaseName {
  readonly botId: BotId;
  readonly leaseId: string;
  readonly epoch: number;
}

/**
 * Grants the lease when nobody holds it, and raises the epoch. One statement: of any number of callers one gets a row.
 * An expired holder is followed only after the lock-delay; the same worker id follows itself at once, since a process
 * that was killed cannot release. A worker gets no bot that is assigned to a key. `wasClean` false in the answer means the
 * state must be recovered before the first send.
 * Example: `{epoch: 7, expiresAtMs: 1767225720000, authRevision: 41, wasClean: true}`; no row: held, delayed, reserved or frozen.
 */
export async function acquireLease(tx: Transaction, request: LeaseRequest) {
  const { lifeMsMax } = request;
  const ttlMs = lifeMsMax === null ? request.ttlMs : Math.min(request.ttlMs, lifeMsMax);
  const [row] = await tx
    .update(custody)
    .set({
      ...noDrain,
      wasClean: sql`${custody.isClean}`,
      isClean: false,
      epoch: sql`${custody.epoch} + 1`,
      state: "held",
      holderKind: request.holderKind,
      holderId: request.holderId,
      leaseId: request.leaseId,
      grantedAtMs: databaseNowMs,
      expiresAtMs: sql`${databaseNowMs} + ${ttlMs}`,
      ttlMs: request.ttlMs,
      maxExpiresAtMs: lifeMsMax === null ? null : sql`${databaseNowMs} + ${lifeMsMax}`,
      handoverTo: null,
      reservedUntilMs: null,
    })
    .where(and(eq(custody.botId, request.botId), isAcquirable(request)))
    .returning({
      epoch: custody.epoch,
      expiresAtMs: custody.expiresAtMs,
      authRevision: custody.authRevision,
      wasClean: custody.wasClean,
      nowMs: databaseNowMs,
    });
  return row ?? null;
}

/** What a renewal may note in the row beside the new end. */
type NotedAtRenewal = Partial<Record<"ttlMs" | "stalledSinceMs", number | SQL | null>>;

/**
 * Prolongs a lease that is still alive, and writes `noted` with it. No row: lost (expired, taken, revoked), whatever the
 * reason. Never shortens a lease and never passes its greatest life. `nowMs` is the database's clock in this statement.
 */
export function renewLease(
  statements: Pick<Statements, "update">,
  lease: LeaseName,
  ttlMs: number,
  noted: NotedAtRenewal = {},
) {
  const wished = sql`${databaseNowMs} + ${ttlMs}`;
  return statements
    .update(custody)
    .set({
      ...noted,
      expiresAtMs: sql`max(${custody.expiresAtMs}, min(${wished}, coalesce(${custody.maxExpiresAtMs}, ${wished})))`,
    })
    .where(and(isLease(lease), isAlive))
    .returning({ expiresAtMs: custody.expiresAtMs, state: custody.state, nowMs: databaseNowMs });
}

/**
 * Gives the lease back. `isClean` says that the last batch was acknowledged and the socket is closed; then the next
 * holder may start at once and needs no recovery. For whom the bot is kept, it is kept from now on. No row: somebody else holds it by now, nothing changed.
 */
export async function releaseLease(tx: Transaction, lease: LeaseName, isClean: boolean) {
  const [row] = await tx
    .update(custody)
    .set({
      ...noDrain,
      ...noHolder,
      state: "free",
      isClean,
      reservedUntilMs: sql`case when ${custody.handoverTo} is null then null else ${databaseNowMs} + ${RESERVATION_MS} end`,
      notBeforeMs: isClean ? sql`${custody.notBeforeMs}` : sql`${databaseNowMs} + ${LOCK_DELAY_MS}`,
    })
    .where(and(isLease(lease), isHeld))
    .returning({ epoch: custody.epoch });
  return row ?? null;
}

/** true while the lease is the bot's: the fence of everything a holder writes beside the auth records. */
export async function leaseIsCurrent(tx: Pick<Statements, "select">, lease: LeaseName): Promise<boolean> {
  const rows = await tx.select({ epoch: custody.epoch }).from(custody).where(isLease(lease));
  return rows.length === 1;
}

/** The columns of a row nobody holds. */
export const noHolder = { holderKind: null, holderId: null, leaseId: null, ttlMs: null, maxExpiresAtMs: null } as const;

/** The columns of a lease that nobody asked back and that gets on. */
export const noDrain = { drainDeadlineMs: null, stalledSinceMs: null } as const;

/** Somebody holds the bot, or held it last and nobody else was granted it since: their lease may be over. */
export const isHeld = inArray(custody.state, ["held", "draining"]);

/** The lease is alive by the database's clock. */
export const isAlive = and(isHeld, gt(custody.expiresAtMs, databaseNowMs));

/** What the WHERE of every statement of a holder has. */
export const isLease = (lease: LeaseName): SQL | undefined =>
  and(eq(custody.botId, lease.botId), eq(custody.epoch, lease.epoch), eq(custody.leaseId, lease.leaseId));

function isAcquirable(request: LeaseRequest): SQL | undefined {
  const isOwnWorker = and(
    sql`${request.holderKind} = 'worker'`,
    eq(custody.holderKind, "worker"),
    eq(custody.holderId, request.holderId),
  );
  const isOver = or(isOwnWorker, lte(custody.expiresAtMs, sql`${databaseNowMs} - ${LOCK_DELAY_MS}`));
  const isAssigned = sql`(${request.holderKind} = 'key' or exists (select 1 from ${bots} where ${bots.id} = ${request.botId}
    and (${bots.assignedTo} = 'workers' or ${bots.deletedAtMs} is not null)))`;
  return and(
    lte(custody.notBeforeMs, databaseNowMs),
    isAssigned,
    or(eq(custody.state, "free"), and(isHeld, isOver)),
    sql`(${custody.handoverTo} is null or ${custody.handoverTo} = ${request.holderKind === "worker" ? "workers" : request.holderId} or coalesce(${custody.reservedUntilMs}, 0) <= ${databaseNowMs})`,
  );
}
