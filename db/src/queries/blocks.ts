import { and, desc, eq, gt, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { blockedContacts, callers } from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";

/** A block's row. */
export type BlockedContactRow = typeof blockedContacts.$inferSelect;

/** Why a block ends by somebody's or something's doing; the clock has a statement of its own. */
export type BlockEnding = Exclude<NonNullable<BlockedContactRow["endCause"]>, "expired">;

/**
 * Marks one block as expired. Guarantee: of any number of callers one gets the row, so that its end is told once; a
 * block that is not over, or was ended in another way, gives none. It ended at its own end, however late it is marked.
 */
export async function markExpired(tx: Transaction, blockId: string, nowMs: number): Promise<BlockedContactRow | null> {
  const [row] = await tx
    .update(blockedContacts)
    .set({ endedAtMs: sql`${blockedContacts.expiresAtMs}`, endCause: "expired" })
    .where(and(eq(blockedContacts.id, blockId), isOverdue(nowMs)))
    .returning();
  return row ?? null;
}

/** Ids of blocks that are over and not marked, the longest over first. A number of them at a time. */
export async function findOverdueBlocks(reader: Reader, nowMs: number, limit: number): Promise<readonly string[]> {
  const rows = await reader
    .select({ id: blockedContacts.id })
    .from(blockedContacts)
    .where(isOverdue(nowMs))
    .orderBy(blockedContacts.expiresAtMs)
    .limit(limit);
  return rows.map((row) => row.id);
}

/**
 * Ends a running block. Guarantee: only a block that is active at `nowMs` is ended, once; no row: it was over already.
 * `liftedBy` null: nobody lifted it by hand.
 */
export async function endBlock(
  tx: Transaction,
  blockId: string,
  end: {
    readonly cause: BlockEnding;
    readonly nowMs: number;
    readonly by: string | null;
    readonly reason: string | null;
  },
): Promise<BlockedContactRow | null> {
  const lifted = end.by === null ? {} : { liftedAtMs: end.nowMs, liftedBy: end.by, liftReason: end.reason };
  const [row] = await tx
    .update(blockedContacts)
    .set({ endedAtMs: end.nowMs, endCause: end.cause, ...lifted })
    .where(and(eq(blockedContacts.id, blockId), isActive(end.nowMs)))
    .returning();
  return row ?? null;
}

/**
 * Makes a lifted block active again with its own end. Guarantee: nothing happens to one that is not ended or whose end
 * has passed; a second active block of the caller is barred by the unique index.
 */
export async function reviveBlock(tx: Transaction, blockId: string, nowMs: number): Promise<BlockedContactRow | null> {
  const hasTimeLeft = or(isNull(blockedContacts.expiresAtMs), gt(blockedContacts.expiresAtMs, nowMs));
  const [row] = await tx
    .update(blockedContacts)
    .set({ endedAtMs: null, endCause: null, liftedAtMs: null, liftedBy: null, liftReason: null })
    .where(and(eq(blockedContacts.id, blockId), sql`${blockedContacts.endedAtMs} is not null`, hasTimeLeft))
    .returning();
  return row ?? null;
}

/** Counts a call that a block turned away. Never moves the block's end. */
export async function hitBlock(tx: Transaction, blockId: string, atMs: number): Promise<void> {
  await tx
    .update(blockedContacts)
    .set({
      hitCount: sql`${blockedContacts.hitCount} + 1`,
      lastHitAtMs: sql`max(coalesce(${blockedContacts.lastHitAtMs}, 0), ${atMs})`,
    })
    .where(eq(blockedContacts.id, blockId));
}

/** Rows of blocks together with the person blocked, the newest first. */
export const selectBlocks = (reader: Reader) =>
  reader
    .select({ block: blockedContacts, caller: callers })
    .from(blockedContacts)
    .innerJoin(callers, eq(callers.id, blockedContacts.callerId))
    .orderBy(desc(blockedContacts.id))
    .$dynamic();

/** A block that turns calls away at `nowMs`: the clock ends it, whether or not it was marked. */
export const isActive = (nowMs: number): SQL | undefined =>
  and(
    isNull(blockedContacts.endedAtMs),
    or(isNull(blockedContacts.expiresAtMs), gt(blockedContacts.expiresAtMs, nowMs)),
  );

const isOverdue = (nowMs: number): SQL | undefined =>
  and(isNull(blockedContacts.endedAtMs), lte(blockedContacts.expiresAtMs, nowMs));
