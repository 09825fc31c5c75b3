import type { CallRow } from "@switchboard/db/queries/screening";
import { whatsappCalls } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import { type CallLife, isAnswered, isMissedCall } from "../../domain/call-lifecycle.ts";
import { ownerNoticeMaxAgeMs } from "../../domain/screening.ts";
import type { BlockContext } from "../blocks/internal.ts";
import { columnsOfLife } from "./call-life.ts";
import { type CallingPerson, tellOfCall } from "./internal.ts";

/** A call's row as it is, the person, and the life it has now. */
export interface LivedCall extends CallingPerson {
  readonly call: CallRow;
  readonly life: CallLife;
}

/**
 * Writes what has become of a call. A reject and a text that wait are dropped when somebody of the account took it.
 * `call.ended` tells of each change of the ending, since a later sign may be surer; `call.missed` is told once, and not
 * of calls that were too old when they came.
 */
export async function writeLife(
  tx: Transaction,
  ctx: BlockContext,
  { call, life, ...person }: LivedCall,
): Promise<CallRow> {
  const columns = { ...columnsOfLife(life), ...dropsOf(call, life) };
  const [row] = await tx.update(whatsappCalls).set(columns).where(eq(whatsappCalls.id, call.id)).returning();
  if (!row) throw new Error("a call vanished inside its own transaction");
  if (row.ended === call.ended) return row;
  await tellOfCall(tx, ctx, "call.ended", row, person);
  const isMissedNow = isMissedCall(row.outcome, row.ended) && !isMissedCall(call.outcome, call.ended);
  const isRecent = call.receivedAtMs - call.startedAtMs <= ownerNoticeMaxAgeMs;
  if (isMissedNow && isRecent) await tellOfCall(tx, ctx, "call.missed", row, person);
  return row;
}

/** Replies that were reserved are on their way; those go to the holder's word. */
function dropsOf(call: CallRow, life: CallLife): Partial<CallRow> {
  if (!life.isAccepted && !isAnswered(life.ended)) return {};
  const isReplyIdle = call.replyStatus === "pending" && call.replyMessageId === null;
  return {
    ...(call.rejectStatus === "pending" ? { rejectStatus: "moot" as const } : {}),
    ...(isReplyIdle ? { replyStatus: "moot" as const, repliedAtMs: null } : {}),
  };
}
