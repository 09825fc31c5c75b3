import { beginSuspension, suspendWaitingReplies } from "@switchboard/db/queries/calls";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { replySuspensionMs } from "../../domain/reply.ts";
import { toInstant } from "../bots/internal.ts";
import { emit } from "../records.ts";
import { readSettings } from "../settings/internal.ts";
import { type HolderContext, writeAsHolder } from "./holder.ts";

/** What WhatsApp said: error 463, the reach-out time-lock, or 403. */
export type SuspensionReason = "error-463" | "reach-out-time-lock" | "error-403";

/** Which bot, and why. */
export interface SuspendRepliesInput {
  readonly lease: LeaseName;
  readonly reason: SuspensionReason;
}

/**
 * Stops all replies of a bot for 24 hours after the first refusal; rejecting goes on. Texts that wait are taken back.
 * `reply.suspended` is told once: a further refusal during the suspension changes nothing, and `isNew` is false.
 * @throws ServiceError stale-epoch
 */
export function suspendReplies(
  ctx: HolderContext,
  input: SuspendRepliesInput,
): Promise<{ readonly isNew: boolean; readonly untilMs: number }> {
  const { lease, reason } = input;
  const nowMs = ctx.clock.nowMs();
  const untilMs = nowMs + replySuspensionMs;
  const { botId } = lease;
  return writeAsHolder(ctx, lease, async (tx) => {
    await suspendWaitingReplies(tx, botId);
    const begun = await beginSuspension(tx, botId, { nowMs, untilMs, reason });
    if (begun === null) {
      const { repliesSuspendedUntilMs } = await readSettings(tx, botId);
      return { isNew: false, untilMs: repliesSuspendedUntilMs ?? untilMs };
    }
    const data = { botId, reason, until: toInstant(untilMs) };
    await emit(tx, ctx, { type: "reply.suspended", teamId: begun.teamId, botId, data });
    return { isNew: true, untilMs };
  });
}
