import { hitBlock } from "@switchboard/db/queries/blocks";
import { touchCaller } from "@switchboard/db/queries/callers";
import { type CallRow, readScreeningStart, type ScreeningStart } from "@switchboard/db/queries/screening";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { isBlockActive } from "../../domain/blocks.ts";
import { withoutDevice } from "../../domain/jid.ts";
import { replyTextFor } from "../../domain/reply.ts";
import type { CallDecision } from "../../domain/screening-types.ts";
import { invalid, notFound } from "../../errors.ts";
import { createBlock, expireBlock } from "../blocks/internal.ts";
import { type ResolvedCaller, resolveCaller } from "../callers/resolve-caller.ts";
import { toDomainSettings } from "../settings/internal.ts";
import { decide } from "./decide.ts";
import { type CallScreening, type IncomingCall, identityOf, type ScreenCallInput } from "./incoming-call.ts";
import { staleEpoch } from "./internal.ts";
import { logCall } from "./log-call.ts";

/** What screening needs of a context: the worker acts for nobody. */
export type ScreeningContext = Pick<ServiceContext, "db" | "clock" | "ids">;

/**
 * Screens one call: logs it, decides, makes, ends and counts blocks, and tells of it, all in one write transaction, so
 * that parallel calls are judged one after the other and nothing is half done. When it answers, the decision is durable;
 * the worker then rejects and replies (order: decide, record, act).
 *
 * Safe to repeat: the second time a call id comes, its first decision is answered with `isDuplicate` and act `none`,
 * whichever worker took the first.
 * @throws ServiceError stale-epoch (final, nothing was written); not-found when the bot is deleted; validation-failed
 *   when no name of the call is a person's
 * @throws DatabaseBusyError, DatabaseUnavailableError when nothing could be recorded: see degraded-screening.ts
 */
export async function screenCall(ctx: ScreeningContext, input: ScreenCallInput): Promise<CallScreening> {
  const { lease, call } = input;
  const names = identityOf(call);
  if (names === null) throw invalid("callFrom", "Neither the address nor the names of this call are a person's.");
  return ctx.db.write(async (tx) => {
    const start = await readScreeningStart(tx, lease, call.callId, names);
    if (start === null) throw staleEpoch();
    if (start.bot.deletedAtMs !== null) throw notFound();
    const owner = { botId: start.bot.id, teamId: start.bot.teamId };
    if (start.call !== null) {
      if (names.pn !== null && names.lid !== null) await resolveCaller(tx, ctx, owner, names, start.standings);
      return firstDecision(start.call);
    }
    const resolved = await resolveCaller(tx, ctx, owner, names, start.standings);
    return screenNewCall(tx, ctx, { start, call, resolved });
  });
}

interface NewCall {
  readonly start: ScreeningStart;
  readonly call: IncomingCall;
  readonly resolved: ResolvedCaller;
}

async function screenNewCall(tx: Transaction, ctx: ScreeningContext, { start, call, resolved }: NewCall) {
  const { standing, alias } = resolved;
  const nowMs = ctx.clock.nowMs();
  for (const block of [standing.block, alias?.block ?? null]) {
    if (block !== null && !isBlockActive(block, nowMs)) await expireBlock(tx, ctx, block.id);
  }
  const decision = await decide(tx, nowMs, { start, call, standing, alias });
  const callRowId = ctx.ids.next("call");
  const { caller } = standing;
  const block = decision.createBlock && (await createBlock(tx, ctx, caller, limitBlock(decision, callRowId, nowMs)));
  if (decision.hitBlock && decision.blockId !== null) await hitBlock(tx, decision.blockId, nowMs);
  if (caller.lastSeenAtMs < call.receivedAtMs) await touchCaller(tx, caller.id, call.receivedAtMs);
  const isOver = start.earlyEnd !== null;
  const blockId = block?.id ?? decision.blockId;
  const person = { ...standing, block: block ?? standing.block };
  const row = await logCall(tx, ctx, { id: callRowId, start, call, person, decision, blockId, isOver });
  return toScreening(row, decision, replyOf(start, call, decision));
}

/** The block that the call beyond the limit makes; the rule is named, since people ask why. */
function limitBlock(decision: CallDecision, callRowId: string, createdAtMs: number) {
  if (decision.createBlock === null) throw new Error("a decision that makes no block was asked for one");
  const { type, expiresAtMs, origin } = decision.createBlock;
  const reason = `Over the limit of ${decision.windowLimit ?? 0} a day.`;
  return {
    type,
    createdAtMs,
    expiresAtMs,
    origin,
    reason,
    note: null,
    callId: callRowId,
    createdBy: "system:call-limit",
  };
}

function replyOf(start: ScreeningStart, call: IncomingCall, decision: CallDecision) {
  const text = replyTextFor(decision.reason, toDomainSettings(start.settings).autoReply);
  return { replyText: text, replyTarget: withoutDevice(call.callFrom) };
}

function toScreening(
  row: CallRow,
  decision: CallDecision,
  reply: { replyText: string; replyTarget: string | null },
): CallScreening {
  const isReplying = row.replyStatus === "pending";
  const act = row.rejectStatus === "pending" ? (isReplying ? "reject-and-reply" : "reject") : "none";
  return {
    ...firstDecision(row),
    isDuplicate: false,
    act,
    ...(isReplying ? reply : {}),
    reason: decision.reason,
  };
}

function firstDecision(row: CallRow): CallScreening {
  return {
    callRowId: row.id,
    callId: row.callId,
    callFrom: row.callFrom,
    isDuplicate: true,
    outcome: row.outcome,
    reason: row.reason,
    act: "none",
    replyText: null,
    replyTarget: null,
    blockId: row.blockId,
    ended: row.ended,
  };
}
