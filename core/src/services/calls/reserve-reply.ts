import { markReply, reserveReplyMessage } from "@switchboard/db/queries/calls";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { replyStep } from "../../domain/call-effects.ts";
import { readSettings } from "../settings/internal.ts";
import { type HolderContext, writeAsHolder } from "./holder.ts";
import { getOwnedCall } from "./internal.ts";

/** The text of which call, and the id its message will have. */
export interface ReserveReplyInput {
  readonly lease: LeaseName;
  readonly callRowId: string;
  /** Chosen by the holder before it sends, so that receipts and the message itself are known by it, even after a crash. */
  readonly messageId: string;
}

/**
 * `send`: the text is this holder's to send, now, once. `wait`: the phone may still ring; ask again when the reject is
 * confirmed or the call is over. `drop`: send nothing, `replyStatus` says why.
 */
export type ReserveReplyResult =
  | { readonly step: "send" }
  | { readonly step: "wait" }
  | { readonly step: "drop"; readonly replyStatus: string };

/**
 * Reserves a text before it is sent. The suspension of the bot's replies is looked at once more, since it may have begun
 * after the decision. Safe to repeat with the same message id; another id is told to drop.
 * @throws ServiceError stale-epoch, not-found
 */
export function reserveReply(ctx: HolderContext, input: ReserveReplyInput): Promise<ReserveReplyResult> {
  const { lease, callRowId, messageId } = input;
  const nowMs = ctx.clock.nowMs();
  return writeAsHolder(ctx, lease, async (tx) => {
    const { call } = await getOwnedCall(tx, lease.botId, callRowId);
    const step = replyStep(call.replyStatus, call.rejectStatus, call.ended);
    if (step === "wait") return { step };
    const drop = async (status: "moot" | "suspended") => {
      const row = await markReply(tx, callRowId, status, nowMs);
      return { step: "drop", replyStatus: (row ?? call).replyStatus } as const;
    };
    if (step === "drop" || call.isAccepted) return drop("moot");
    const { repliesSuspendedUntilMs } = await readSettings(tx, lease.botId);
    if (repliesSuspendedUntilMs !== null && nowMs < repliesSuspendedUntilMs) return drop("suspended");
    const isReserved = await reserveReplyMessage(tx, callRowId, messageId, nowMs);
    return isReserved ? { step: "send" } : { step: "drop", replyStatus: call.replyStatus };
  });
}
