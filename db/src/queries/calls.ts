import { and, eq, inArray, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { type BotId, callBlockingSettings, type TeamId, whatsappCalls } from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";
import type { CallRow } from "./screening.ts";

type RejectStatus = CallRow["rejectStatus"];
type ReplyStatus = CallRow["replyStatus"];

/** What may follow what: a confirmed reject is final, and a late acknowledgement beats every doubt. */
const REJECT_BEFORE: Readonly<Record<Exclude<RejectStatus, "none" | "pending">, RejectStatus[]>> = {
  confirmed: ["none", "pending", "unconfirmed", "failed", "moot"],
  unconfirmed: ["none", "pending"],
  failed: ["none", "pending"],
  moot: ["none", "pending"],
};

/**
 * Writes how a reject went. Guarantee: a status never falls back to a less sure one; no row: what is there is surer.
 * `none` passes too, since an admin may have a call rejected that was let through.
 */
export async function markReject(
  tx: Transaction,
  callRowId: string,
  reject: { readonly status: keyof typeof REJECT_BEFORE; readonly attempts: number; readonly nowMs: number },
): Promise<CallRow | null> {
  const { status, attempts, nowMs } = reject;
  const [row] = await tx
    .update(whatsappCalls)
    .set({
      rejectStatus: status,
      rejectAttempts: sql`max(${whatsappCalls.rejectAttempts}, ${attempts})`,
      ...(status === "confirmed" ? { rejectedAtMs: nowMs } : {}),
    })
    .where(and(eq(whatsappCalls.id, callRowId), inArray(whatsappCalls.rejectStatus, REJECT_BEFORE[status])))
    .returning();
  return row ?? null;
}

/**
 * Reserves a waiting reply under the id its message will have. Guarantee: of any number of reservations one id wins, so
 * a text goes out once; the winner may repeat. From then on the reply fills the caps, and the bot's own message is known
 * by its id.
 */
export async function reserveReplyMessage(
  tx: Transaction,
  callRowId: string,
  messageId: string,
  nowMs: number,
): Promise<boolean> {
  const isFreeOrMine = or(isNull(whatsappCalls.replyMessageId), eq(whatsappCalls.replyMessageId, messageId));
  const rows = await tx
    .update(whatsappCalls)
    .set({ replyMessageId: messageId, repliedAtMs: nowMs })
    .where(and(eq(whatsappCalls.id, callRowId), eq(whatsappCalls.replyStatus, "pending"), isFreeOrMine))
    .returning({ id: whatsappCalls.id });
  return rows.length === 1;
}

/** Writes how a waiting reply went. No row: it was not waiting any more, and nothing changed. */
export async function markReply(
  tx: Transaction,
  callRowId: string,
  status: Extract<ReplyStatus, "sent" | "failed" | "moot" | "suspended">,
  nowMs: number,
): Promise<CallRow | null> {
  const [row] = await tx
    .update(whatsappCalls)
    .set({ replyStatus: status, ...(status === "sent" ? { repliedAtMs: nowMs } : {}) })
    .where(and(eq(whatsappCalls.id, callRowId), eq(whatsappCalls.replyStatus, "pending")))
    .returning();
  return row ?? null;
}

/** What a receipt may follow: it proves that the text went out, whatever we thought, and never goes back. */
const RECEIPT_AFTER: Readonly<Record<"delivered" | "read", ReplyStatus[]>> = {
  delivered: ["pending", "sent", "failed"],
  read: ["pending", "sent", "failed", "delivered"],
};

/** Writes a receipt of a reply. Guarantee: statuses only rise; no row: not one of our replies, or nothing new. */
export async function markReceipt(
  tx: Transaction,
  botId: BotId,
  messageId: string,
  status: "delivered" | "read",
): Promise<CallRow | null> {
  const [row] = await tx
    .update(whatsappCalls)
    .set({ replyStatus: status })
    .where(and(isReplyMessage(botId, messageId), inArray(whatsappCalls.replyStatus, RECEIPT_AFTER[status])))
    .returning();
  return row ?? null;
}

/** Whether a message of the bot is one of its replies to calls. */
export async function isOwnReply(reader: Reader, botId: BotId, messageId: string): Promise<boolean> {
  const count = await reader.$count(whatsappCalls, isReplyMessage(botId, messageId));
  return count > 0;
}

/**
 * Suspends all replies of a bot. Guarantee: of any number of callers one gets the row, so that the suspension is told
 * once; a suspension that runs is neither prolonged nor told again.
 */
export async function beginSuspension(
  tx: Transaction,
  botId: BotId,
  suspension: { readonly nowMs: number; readonly untilMs: number; readonly reason: string },
): Promise<{ teamId: TeamId } | null> {
  const isNotSuspended = or(
    isNull(callBlockingSettings.repliesSuspendedUntilMs),
    lte(callBlockingSettings.repliesSuspendedUntilMs, suspension.nowMs),
  );
  const [row] = await tx
    .update(callBlockingSettings)
    .set({ repliesSuspendedUntilMs: suspension.untilMs, repliesSuspendedReason: suspension.reason })
    .where(and(eq(callBlockingSettings.botId, botId), isNotSuspended))
    .returning({ teamId: callBlockingSettings.teamId });
  return row ?? null;
}

/** Takes back every reply of a bot that waits and was not reserved yet. */
export async function suspendWaitingReplies(tx: Transaction, botId: BotId): Promise<void> {
  await tx
    .update(whatsappCalls)
    .set({ replyStatus: "suspended", repliedAtMs: null })
    .where(and(eq(whatsappCalls.botId, botId), isWaiting, isNull(whatsappCalls.replyMessageId)));
}

/** Calls of a bot received before an instant whose reject or reply nobody finished. */
export const findUnfinished = (reader: Reader, botId: BotId, beforeMs: number): Promise<CallRow[]> =>
  reader
    .select()
    .from(whatsappCalls)
    .where(and(eq(whatsappCalls.botId, botId), IS_UNFINISHED, lte(whatsappCalls.receivedAtMs, beforeMs)))
    .orderBy(whatsappCalls.id);

/** Written out, as the partial index has it: SQLite uses it only for the very same words. */
const IS_UNFINISHED = sql`(reject_status = 'pending' or reply_status = 'pending')`;

const isWaiting: SQL = eq(whatsappCalls.replyStatus, "pending");

const isReplyMessage = (botId: BotId, messageId: string): SQL | undefined =>
  and(eq(whatsappCalls.botId, botId), eq(whatsappCalls.replyMessageId, messageId));
