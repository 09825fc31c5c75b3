import type { CallerStanding } from "@switchboard/db/queries/callers";
import type { CallRow } from "@switchboard/db/queries/screening";
import { allowedContacts, type BotId, blockedContacts, callers, whatsappCalls } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import { looksLikeId } from "../../crypto/ids.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import type { BlockContext } from "../blocks/internal.ts";
import { toInstant } from "../bots/internal.ts";
import { emit } from "../records.ts";
import { type CallerView, type CallView, callSchema, traceStepSchema } from "./schemas.ts";

/** The refusal of every write of a worker whose lease is not the bot's any more. Final: stop the socket. */
export const staleEpoch = () => new ServiceError("stale-epoch", "Somebody else holds this bot now.");

/** The person who called, with the block that is not marked as ended and the allow, as the caller's lists have them. */
export type CallingPerson = Pick<CallerStanding, "caller" | "block" | "allow">;

/** The representation of a call at `nowMs`: what the clock has ended of the person's block and allow is left out. */
export function toCallView(call: CallRow, person: CallingPerson, nowMs: number): CallView {
  const wasTextSent = call.replyStatus === "sent" || call.replyStatus === "delivered" || call.replyStatus === "read";
  return {
    id: call.id,
    callId: call.callId,
    botId: call.botId,
    caller: toCallerView(person, nowMs),
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

function toCallerView({ caller, block, allow }: CallingPerson, nowMs: number): CallerView {
  const { id, phoneNumber, lid, name } = caller;
  return { id, phoneNumber, lid, name, block: toStanding(block, nowMs), allow: toStanding(allow, nowMs) };
}

/** An entry of the block list or the allow list that nobody ended; null where there is none or the clock has ended it. */
export function toStanding(
  entry: { readonly id: string; readonly expiresAtMs: number | null } | null,
  nowMs: number,
): CallerView["block"] {
  if (entry === null || (entry.expiresAtMs !== null && nowMs >= entry.expiresAtMs)) return null;
  return { id: entry.id, expiresAt: toInstantOrNull(entry.expiresAtMs) };
}

/** Rows of calls together with the person who called, and how that person stands: unique indexes make it one row each. */
export const selectCalls = (reader: Reader) =>
  reader
    .select({ call: whatsappCalls, caller: callers, block: blockedContacts, allow: allowedContacts })
    .from(whatsappCalls)
    .innerJoin(callers, eq(callers.id, whatsappCalls.callerId))
    .leftJoin(blockedContacts, IS_UNENDED_BLOCK)
    .leftJoin(
      allowedContacts,
      and(eq(allowedContacts.botId, whatsappCalls.botId), eq(allowedContacts.callerId, whatsappCalls.callerId)),
    )
    .$dynamic();

const IS_UNENDED_BLOCK = and(
  eq(blockedContacts.botId, whatsappCalls.botId),
  eq(blockedContacts.callerId, whatsappCalls.callerId),
  isNull(blockedContacts.endedAtMs),
);

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
  person: CallingPerson,
): Promise<void> {
  const data = toCallView(call, person, ctx.clock.nowMs());
  await emit(tx, ctx, { type, teamId: call.teamId, botId: call.botId, data });
}

const toInstantOrNull = (atMs: number | null): string | null => (atMs === null ? null : toInstant(atMs));
