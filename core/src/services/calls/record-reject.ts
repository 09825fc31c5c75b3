import { markReject } from "@switchboard/db/queries/calls";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { advanceCall } from "../../domain/call-lifecycle.ts";
import { lifeOfCall } from "./call-life.ts";
import { type CallProgress, type HolderContext, progressOf, writeAsHolder } from "./holder.ts";
import { getOwnedCall } from "./internal.ts";
import { writeLife } from "./write-life.ts";

/** How the reject of a call went. */
export interface RecordRejectInput {
  readonly lease: LeaseName;
  readonly callRowId: string;
  readonly status: "confirmed" | "unconfirmed" | "failed" | "moot";
  /** Tries made, 0 when the call was over before the first. */
  readonly attempts: number;
}

/**
 * Records how a reject went; `confirmed` ends the call as `rejected-by-us` unless somebody had answered. A surer status
 * that is there stays. Safe to repeat.
 * @throws ServiceError stale-epoch, not-found
 */
export function recordReject(ctx: HolderContext, input: RecordRejectInput): Promise<CallProgress> {
  const { lease, callRowId, status, attempts } = input;
  const nowMs = ctx.clock.nowMs();
  return writeAsHolder(ctx, lease, async (tx) => {
    const found = await getOwnedCall(tx, lease.botId, callRowId);
    const { call } = found;
    const marked = await markReject(tx, callRowId, { status, attempts, nowMs });
    if (marked === null || status !== "confirmed") return progressOf(marked ?? call);
    const { life } = advanceCall(lifeOfCall(call), { type: "reject-confirmed", atMs: nowMs });
    return progressOf(await writeLife(tx, ctx, { ...found, call: marked, life }));
  });
}
