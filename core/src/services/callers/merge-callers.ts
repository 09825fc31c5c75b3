import type { BlockedContactRow } from "@switchboard/db/queries/blocks";
import { type CallerRow, moveCaller, raiseCountFrom } from "@switchboard/db/queries/callers";
import { blockedContacts, callers } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, inArray, isNull } from "drizzle-orm";
import { mergeBlocks } from "../../domain/blocks.ts";
import { type BlockContext, endRunningBlock, expireBlock } from "../blocks/internal.ts";

/**
 * Makes two rows of one person one: calls, acquaintance, allow and blocks move to the row that is kept, calls count from
 * the later of the two restarts, and of two running blocks one stays with the longer end.
 */
export async function mergeCallers(
  tx: Transaction,
  ctx: BlockContext,
  kept: CallerRow,
  gone: CallerRow,
): Promise<void> {
  await mergeRunningBlocks(tx, ctx, kept, gone);
  const [now] = await tx.select().from(callers).where(eq(callers.id, gone.id));
  await moveCaller(tx, gone, kept);
  await raiseCountFrom(tx, [kept.id], now?.countFromMs ?? gone.countFromMs);
  await tx
    .update(callers)
    .set({
      phoneNumber: kept.phoneNumber ?? gone.phoneNumber,
      lid: kept.lid ?? gone.lid,
      name: kept.name ?? gone.name,
      firstSeenAtMs: Math.min(kept.firstSeenAtMs, gone.firstSeenAtMs),
      lastSeenAtMs: Math.max(kept.lastSeenAtMs, gone.lastSeenAtMs),
    })
    .where(eq(callers.id, kept.id));
}

/** Leaves one unended block at most, as moving the rows requires. */
async function mergeRunningBlocks(tx: Transaction, ctx: BlockContext, kept: CallerRow, gone: CallerRow): Promise<void> {
  for (const block of await unendedBlocks(tx, kept, gone)) await expireBlock(tx, ctx, block.id);
  const [first, second] = await unendedBlocks(tx, kept, gone);
  if (!first || !second) return;
  const merge = mergeBlocks(first, second);
  await endRunningBlock(tx, ctx, merge.ended.id, { cause: "merged", by: null, reason: null });
  await tx.update(blockedContacts).set(merge.end).where(eq(blockedContacts.id, merge.kept.id));
}

function unendedBlocks(tx: Transaction, kept: CallerRow, gone: CallerRow): Promise<BlockedContactRow[]> {
  return tx
    .select()
    .from(blockedContacts)
    .where(and(inArray(blockedContacts.callerId, [kept.id, gone.id]), isNull(blockedContacts.endedAtMs)));
}
