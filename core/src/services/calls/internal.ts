import type { CallerRow } from "@switchboard/db/queries/callers";
import type { CallRow } from "@switchboard/db/queries/screening";
import { type BotId, callers, whatsappCalls } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import { looksLikeId } from "../../crypto/ids.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import type { BlockContext } from "../blocks/internal.ts";
import { toInstant } from "../bots/internal.ts";
import { emit } from "../records.ts";
import { type CallView, callSchema, traceStepSchema } from "./schemas.ts";

/** The refusal of every write of a worker whose lease is not the bot's any more. Final: stop the socket. */
export const staleEpoch = () => new ServiceError("stale-epoch", "Somebody else holds this bot now.");

/** The representation of a call. */
export function toCallView(call: CallRow, caller: CallerRow): CallView {
  const wasTextSent = call.replyStatus === "sent" || call.replyStatus === "delivered" || call.replyStatus === "read";
  return {
    id: call.id,
    callId: call.callId,
    botId: call.botId,
    caller: { id: caller.id, phoneNumber: caller.phoneNumber, lid: caller.lid, name: caller.name },
    kind: call.kind,
    video: call.isVideo,
    groupJid: call.groupJid,
    offline: call.isOffline,
    late: call.isLate,
    startedAt: toInstant(call.startedAtMs),
    receivedAt: toInstant(call.receivedAtMs),
    endedAt: toInstantOrNull(call.endedAtMs),
    ended: call.ended,
    outcome: call.outcome,
    reason: call.reason,
    ruleId: call.ruleId,
    blockId: call.blockId,
    counted: call.isCounted,
    windowCount: call.windowCount,
    windowLimit: call.windowLimit,
    rejectStatus: call.rejectStatus,
    rejectAttempts: call.rejectAttempts,
    rejectedAt: toInstantOrNull(call.rejectedAtMs),
    replyStatus: call.replyStatus,
    repliedAt: wasTextSent ? toInstantOrNull(call.repliedAtMs) : null,
    would: callSchema.shape.would.safeParse(call.would).data ?? null,
    trace: call.trace.flatMap((step) => traceStepSchema.safeParse(step).data ?? []),
  };
}

/** Rows of calls together with the person who called. */
export const selectCalls = (reader: Reader) =>
  reader
    .select({ call: whatsappCalls, caller: callers })
    .from(whatsappCalls)
    .innerJoin(callers, eq(callers.id, whatsappCalls.callerId))
    .$dynamic();

/** One call of the bot with its person. @throws ServiceError not-found for missing, foreign and malformed alike */
export async function getOwnedCall(reader: Reader, botId: BotId, callRowId: string) {
  if (!looksLikeId(callRowId, idPrefixes.call)) throw notFound();
  const [row] = await selectCalls(reader).where(and(eq(whatsappCalls.id, callRowId), eq(whatsappCalls.botId, botId)));
  if (!row) throw notFound();
  return row;
}

/** Emits an event of a call with the call as it is after the change. */
export async function tellOfCall(
  tx: Transaction,
  ctx: BlockContext,
  type: "call.received" | "call.screened" | "call.ended" | "call.missed",
  call: CallRow,
  caller: CallerRow,
): Promise<void> {
  await emit(tx, ctx, { type, teamId: call.teamId, botId: call.botId, data: toCallView(call, caller) });
}

const toInstantOrNull = (atMs: number | null): string | null => (atMs === null ? null : toInstant(atMs));
