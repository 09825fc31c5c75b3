import {
  type BlockEnding,
  type BlockedContactRow,
  endBlock,
  isActive,
  markExpired,
  selectBlocks,
} from "@switchboard/db/queries/blocks";
import { type CallerRow, raiseCountFrom } from "@switchboard/db/queries/callers";
import { type BotId, blockedContacts, callers } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import { isBlockActive } from "../../domain/blocks.ts";
import { notFound } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { toInstant } from "../bots/internal.ts";
import { emit } from "../records.ts";
import type { BlockedContactView } from "./schemas.ts";

/** What writing blocks needs; the actor's name is an argument where somebody is to be named. */
export type BlockContext = Pick<ServiceContext, "clock" | "ids">;

/** The representation of a block. One that the clock has ended is shown as ended, marked or not. */
export function toBlockView(block: BlockedContactRow, caller: CallerRow, nowMs: number): BlockedContactView {
  const active = isBlockActive(block, nowMs);
  const ranOutAtMs = !active && block.endedAtMs === null ? block.expiresAtMs : null;
  return {
    id: block.id,
    phoneNumber: caller.phoneNumber,
    lid: caller.lid,
    name: caller.name,
    type: block.type,
    origin: block.origin,
    reason: block.reason,
    note: block.note,
    createdAt: toInstant(block.createdAtMs),
    createdBy: block.createdBy,
    expiresAt: toInstantOrNull(block.expiresAtMs),
    active,
    hitCount: block.hitCount,
    lastHitAt: toInstantOrNull(block.lastHitAtMs),
    liftedAt: toInstantOrNull(block.liftedAtMs),
    liftedBy: block.liftedBy,
    endedAt: toInstantOrNull(block.endedAtMs ?? ranOutAtMs),
    endCause: block.endCause ?? (ranOutAtMs === null ? null : "expired"),
    mayNotMatchYet: active && caller.lid === null,
  };
}

/** One block of the bot with its person. @throws ServiceError not-found for missing, foreign and malformed alike */
export async function getOwnedBlock(reader: Reader, botId: BotId, contactId: string) {
  if (!looksLikeId(contactId, idPrefixes.block)) throw notFound();
  const [row] = await selectBlocks(reader).where(
    and(eq(blockedContacts.id, contactId), eq(blockedContacts.botId, botId)),
  );
  if (!row) throw notFound();
  return row;
}

/** How many callers of a bot are blocked at this instant. */
export function countActiveBlocks(reader: Reader, botId: BotId, nowMs: number): Promise<number> {
  return reader.$count(blockedContacts, and(eq(blockedContacts.botId, botId), isActive(nowMs)));
}

/**
 * Adds a block, restarts the caller's count, and tells of it once. The caller must have no other unended block. Begin and
 * end come from one reading of the clock, so that a temporary block lasts exactly as long as was asked for.
 */
export async function createBlock(
  tx: Transaction,
  ctx: BlockContext,
  caller: CallerRow,
  block: Pick<
    BlockedContactRow,
    "type" | "createdAtMs" | "expiresAtMs" | "origin" | "reason" | "note" | "callId" | "createdBy"
  >,
): Promise<BlockedContactRow> {
  const { botId, teamId, id: callerId } = caller;
  const values = { id: ctx.ids.next("block"), botId, teamId, callerId, ...block };
  const [row] = await tx.insert(blockedContacts).values(values).returning();
  if (!row) throw new Error("an insert answered no row");
  await raiseCountFrom(tx, [callerId], block.createdAtMs);
  await tellOfBlock(tx, ctx, "block.created", row, caller);
  return row;
}

/**
 * Marks a block as expired when the clock has ended it: tells of it once, and calls count again from its end. Safe to
 * call for any block and any number of times; answers whether this call marked it.
 */
export async function expireBlock(tx: Transaction, ctx: BlockContext, blockId: string): Promise<boolean> {
  const row = await markExpired(tx, blockId, ctx.clock.nowMs());
  if (row === null) return false;
  await raiseCountFrom(tx, [row.callerId], row.endedAtMs ?? row.createdAtMs);
  await tellOfBlock(tx, ctx, "block.expired", row, await getCaller(tx, row.callerId));
  return true;
}

/** Ends a running block before its time, restarts the caller's count and tells of it once. null: it was over already. */
export async function endRunningBlock(
  tx: Transaction,
  ctx: BlockContext,
  blockId: string,
  end: { readonly cause: BlockEnding; readonly by: string | null; readonly reason: string | null },
): Promise<BlockedContactRow | null> {
  const nowMs = ctx.clock.nowMs();
  const row = await endBlock(tx, blockId, { ...end, nowMs });
  if (row === null) return null;
  await raiseCountFrom(tx, [row.callerId], nowMs);
  await tellOfBlock(tx, ctx, "block.lifted", row, await getCaller(tx, row.callerId));
  return row;
}

/** Emits an event of a block with the block as it is after the change. */
export async function tellOfBlock(
  tx: Transaction,
  ctx: BlockContext,
  type: "block.created" | "block.lifted" | "block.expired",
  block: BlockedContactRow,
  caller: CallerRow,
): Promise<void> {
  const { botId, teamId } = block;
  await emit(tx, ctx, { type, teamId, botId, data: toBlockView(block, caller, ctx.clock.nowMs()) });
}

async function getCaller(tx: Transaction, callerId: string): Promise<CallerRow> {
  const [caller] = await tx.select().from(callers).where(eq(callers.id, callerId));
  if (!caller) throw notFound();
  return caller;
}

const toInstantOrNull = (atMs: number | null): string | null => (atMs === null ? null : toInstant(atMs));
