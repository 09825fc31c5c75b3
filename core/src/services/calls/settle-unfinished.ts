import { findUnfinished } from "@switchboard/db/queries/calls";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { CallRow } from "@switchboard/db/queries/screening";
import { whatsappCalls } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { type CallProgress, type HolderContext, progressOf, writeAsHolder } from "./holder.ts";

/** What a holder that starts finds: calls received until `beforeMs` whose reject or reply was never finished. */
export interface SettleUnfinishedInput {
  readonly lease: LeaseName;
  /** The instant at which this holder began; nothing of its own is older. */
  readonly beforeMs: number;
}

/**
 * Says of calls that a former holder left behind what is true: a reject is `moot` where the call was over, else `failed`,
 * since nobody knows of an acknowledgement; a text is `failed` where it was reserved and may have gone out, else `moot`.
 * Nothing of them is done again. Answers the calls that were settled.
 * @throws ServiceError stale-epoch
 */
export function settleUnfinished(ctx: HolderContext, input: SettleUnfinishedInput): Promise<readonly CallProgress[]> {
  const { lease, beforeMs } = input;
  return writeAsHolder(ctx, lease, async (tx) => {
    const settled: CallProgress[] = [];
    for (const call of await findUnfinished(tx, lease.botId, beforeMs)) {
      const columns = settledColumns(call);
      await tx.update(whatsappCalls).set(columns).where(eq(whatsappCalls.id, call.id));
      settled.push(progressOf({ ...call, ...columns }));
    }
    return settled;
  });
}

function settledColumns(call: CallRow): Pick<CallRow, "rejectStatus" | "replyStatus"> {
  const { rejectStatus, replyStatus } = call;
  return {
    rejectStatus: rejectStatus === "pending" ? (call.ended === null ? "failed" : "moot") : rejectStatus,
    replyStatus: replyStatus === "pending" ? (call.replyMessageId === null ? "moot" : "failed") : replyStatus,
  };
}
