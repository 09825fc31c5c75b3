import { type CallRow, insertCall, type ScreeningStart } from "@switchboard/db/queries/screening";
import { earlyCallEnds } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import { unknownCall } from "../../domain/call-lifecycle.ts";
import { withoutDevice } from "../../domain/jid.ts";
import type { CallDecision } from "../../domain/screening-types.ts";
import type { BlockContext } from "../blocks/internal.ts";
import { emit } from "../records.ts";
import { columnsOfLife, lifeOfEarlyEnd } from "./call-life.ts";
import type { IncomingCall } from "./incoming-call.ts";
import { type CallingPerson, toCallView } from "./internal.ts";

/** A decided call. `isOver`: its end, or somebody's answer, came before its beginning; nothing is done about it. */
export interface DecidedCall {
  readonly id: string;
  readonly start: ScreeningStart;
  readonly call: IncomingCall;
  /** As the decision leaves them: a block that it made is theirs already. */
  readonly person: CallingPerson;
  readonly decision: CallDecision;
  readonly blockId: string | null;
  readonly isOver: boolean;
  /** What became of the reject, where the call was acted on before it could be written. */
  readonly reject?: Pick<CallRow, "rejectStatus" | "rejectAttempts" | "rejectedAtMs">;
}

/**
 * Writes the row of a call with its decision and trace, and tells of it: `call.received` (not of calls that nobody is to
 * be told of any more) and `call.screened`, both with the call as it stands.
 */
export async function logCall(tx: Transaction, ctx: BlockContext, decided: DecidedCall): Promise<CallRow> {
  const nowMs = ctx.clock.nowMs();
  const row = toRow(decided, nowMs);
  await insertCall(tx, row);
  if (decided.isOver) {
    const isThis = and(eq(earlyCallEnds.botId, row.botId), eq(earlyCallEnds.callId, row.callId));
    await tx.delete(earlyCallEnds).where(isThis);
  }
  const target = { teamId: row.teamId, botId: row.botId, data: toCallView(row, decided.person, nowMs) };
  const screened = { type: "call.screened", ...target } as const;
  if (decided.decision.ownerNotice) await emit(tx, ctx, { type: "call.received", ...target }, screened);
  else await emit(tx, ctx, screened);
  return row;
}

function toRow({ id, start, call, person, decision, blockId, isOver, reject }: DecidedCall, nowMs: number): CallRow {
  const { caller } = person;
  const isRejecting = decision.act !== "none";
  const replyStatus = decision.reply.status;
  const canReply = withoutDevice(call.callFrom)?.endsWith("g.us") === false;
  const isReplying = replyStatus === "pending" && canReply && !isOver;
  return {
    id,
    teamId: caller.teamId,
    botId: caller.botId,
    callId: call.callId,
    callerId: caller.id,
    callFrom: call.callFrom,
    kind: call.kind,
    isVideo: call.isVideo,
    groupJid: call.groupJid ?? null,
    isOffline: call.isOffline,
    isLate: decision.late,
    startedAtMs: call.startedAtMs,
    receivedAtMs: call.receivedAtMs,
    ...endOf(start),
    outcome: decision.outcome,
    reason: decision.reason,
    ruleId: decision.ruleId,
    blockId,
    isCounted: decision.counts,
    windowCount: decision.windowCount,
    windowLimit: decision.windowLimit,
    rejectStatus: isRejecting ? (isOver ? "moot" : "pending") : "none",
    rejectAttempts: 0,
    rejectedAtMs: null,
    ...reject,
    replyStatus: replyStatus === "pending" && !isReplying ? "moot" : replyStatus,
    replyMessageId: null,
    repliedAtMs: isReplying ? nowMs : null,
    would: decision.would && { ...decision.would },
    trace: [...decision.trace],
  };
}

function endOf({ earlyEnd }: ScreeningStart) {
  return columnsOfLife(earlyEnd === null ? unknownCall : lifeOfEarlyEnd(earlyEnd));
}
