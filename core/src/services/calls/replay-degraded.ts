import { hitBlock } from "@switchboard/db/queries/blocks";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { readScreeningStart } from "@switchboard/db/queries/screening";
import type { Transaction } from "@switchboard/db/types";
import type { CallDecision } from "../../domain/screening-types.ts";
import type { RejectStatus } from "../../domain/vocabulary.ts";
import { toInstant } from "../bots/internal.ts";
import { teamOfBot } from "../callers/internal.ts";
import { resolveCaller } from "../callers/resolve-caller.ts";
import { emit } from "../records.ts";
import { type HolderContext, writeAsHolder } from "./holder.ts";
import { type IncomingCall, identityOf } from "./incoming-call.ts";
import { staleEpoch } from "./internal.ts";
import { logCall } from "./log-call.ts";

/** A call that was decided from memory, and what became of its reject. */
export interface DegradedCall {
  readonly call: IncomingCall;
  /** What decideDegraded said. */
  readonly decision: CallDecision;
  readonly rejectStatus: RejectStatus;
  readonly rejectAttempts: number;
}

/** A time in which the database did not answer, and its calls in the order they came. */
export interface ReplayDegradedInput {
  readonly lease: LeaseName;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly calls: readonly DegradedCall[];
}

/**
 * Writes down what happened while nothing could be written: the calls with the decisions that were made, hits of the
 * blocks that were enforced, `screening.degraded` and `screening.recovered`. Nothing is decided or done again. Calls
 * that are there already are passed over, and a replay that brings nothing new tells of nothing, so that it may be repeated.
 * @returns how many calls were new
 * @throws ServiceError stale-epoch, and then nothing is written
 */
export function replayDegraded(ctx: HolderContext, input: ReplayDegradedInput): Promise<number> {
  const { lease, sinceMs, untilMs, calls } = input;
  const { botId } = lease;
  return writeAsHolder(ctx, lease, async (tx) => {
    let written = 0;
    for (const call of calls) if (await replayCall(tx, ctx, lease, call)) written += 1;
    if (written === 0 && calls.length > 0) return written;
    const target = { teamId: await teamOfBot(tx, botId), botId };
    const data = { botId, since: toInstant(sinceMs), calls: written };
    const recovered = { ...data, until: toInstant(untilMs) };
    const events = [
      { type: "screening.degraded", data } as const,
      { type: "screening.recovered", data: recovered } as const,
    ];
    for (const event of events) await emit(tx, ctx, { ...target, ...event });
    return written;
  });
}

async function replayCall(
  tx: Transaction,
  ctx: HolderContext,
  lease: LeaseName,
  degraded: DegradedCall,
): Promise<boolean> {
  const { call, decision, rejectStatus, rejectAttempts } = degraded;
  const names = identityOf(call);
  if (names === null) return false;
  const start = await readScreeningStart(tx, lease, call.callId, names);
  if (start === null) throw staleEpoch();
  if (start.call !== null) return false;
  const owner = { botId: start.bot.id, teamId: start.bot.teamId };
  const { standing: person } = await resolveCaller(tx, ctx, owner, names, start.standings);
  const { blockId } = decision;
  if (decision.hitBlock && blockId !== null) await hitBlock(tx, blockId, call.receivedAtMs);
  const rejectedAtMs = rejectStatus === "confirmed" ? call.receivedAtMs : null;
  const reject = { rejectStatus, rejectAttempts, rejectedAtMs };
  const isOver = start.earlyEnd !== null;
  await logCall(tx, ctx, { id: ctx.ids.next("call"), start, call, person, decision, blockId, isOver, reject });
  return true;
}
