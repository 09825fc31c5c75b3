import { isOwnReply, markReceipt, markReply } from "@switchboard/db/queries/calls";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { type CallProgress, type HolderContext, progressOf, writeAsHolder } from "./holder.ts";
import { getOwnedCall } from "./internal.ts";

/** How a text went. */
export interface RecordReplyInput {
  readonly lease: LeaseName;
  readonly callRowId: string;
  readonly status: "sent" | "failed" | "moot" | "suspended";
}

/**
 * Records how a text went. A reply that is not waiting any more stays as it is. Safe to repeat.
 * @throws ServiceError stale-epoch, not-found
 */
export function recordReply(ctx: HolderContext, input: RecordReplyInput): Promise<CallProgress> {
  const { lease, callRowId, status } = input;
  return writeAsHolder(ctx, lease, async (tx) => {
    const { call } = await getOwnedCall(tx, lease.botId, callRowId);
    const marked = await markReply(tx, callRowId, status, ctx.clock.nowMs());
    return progressOf(marked ?? call);
  });
}

/** A receipt of one of the bot's own messages. */
export interface RecordReplyReceiptInput {
  readonly lease: LeaseName;
  readonly messageId: string;
  readonly status: "delivered" | "read";
}

/**
 * Records a receipt where the message was a reply to a call; false for every other message, which costs one read and
 * no write. Statuses only rise.
 * @throws ServiceError stale-epoch
 */
export async function recordReplyReceipt(ctx: HolderContext, input: RecordReplyReceiptInput): Promise<boolean> {
  const { lease, messageId, status } = input;
  if (!(await isOwnReply(ctx.db.reader, lease.botId, messageId))) return false;
  return writeAsHolder(ctx, lease, async (tx) => (await markReceipt(tx, lease.botId, messageId, status)) !== null);
}
