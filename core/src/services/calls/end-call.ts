import type { LeaseName } from "@switchboard/db/queries/custody";
import { type BotId, earlyCallEnds, whatsappCalls } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import { advanceCall, type CallPhase, type CallStep, unknownCall } from "../../domain/call-lifecycle.ts";
import { lifeOfCall, lifeOfEarlyEnd } from "./call-life.ts";
import { type CallProgress, type HolderContext, progressOf, writeAsHolder } from "./holder.ts";
import { selectCalls } from "./internal.ts";
import { writeLife } from "./write-life.ts";

/** A later phase of a call, as the wire names it. */
export interface EndCallInput {
  readonly lease: LeaseName;
  /** WhatsApp's id of the call. */
  readonly callId: string;
  readonly phase: CallPhase;
  /** The reason of a terminate: null where the stanza had none; left out where the stanza was not seen. */
  readonly terminateReason?: string | null | undefined;
  readonly atMs: number;
}

/** `call` null: no call of this id has begun; the end is remembered for when it does. */
export interface EndCallResult {
  readonly step: CallStep;
  readonly call: CallProgress | null;
}

/**
 * Takes in a phase that is not the beginning: accept, reject, terminate, timeout. Order and duplicates do not matter:
 * an end that comes before its call is remembered, so that the call is logged and not acted on. A call answered on the
 * phone drops the reject and the text that wait.
 * @throws ServiceError stale-epoch
 */
export function endCall(ctx: HolderContext, input: EndCallInput): Promise<EndCallResult> {
  const { lease, callId, phase, terminateReason, atMs } = input;
  const reason = terminateReason === undefined ? {} : { terminateReason };
  const event = { type: "phase", phase, atMs, ...reason } as const;
  return writeAsHolder(ctx, lease, async (tx) => {
    const isThis = and(eq(whatsappCalls.botId, lease.botId), eq(whatsappCalls.callId, callId));
    const [found] = await selectCalls(tx).where(isThis);
    if (!found) return { step: await rememberEnd(tx, lease.botId, callId, event, ctx.clock.nowMs()), call: null };
    const { call } = found;
    const { life, step } = advanceCall(lifeOfCall(call), event);
    // a surer sign that means the same is kept too, or the next one would be judged against the older
    const isUnchanged = step === "ignore" && life.endSign === call.endSign && life.endedAtMs === call.endedAtMs;
    if (isUnchanged) return { step, call: progressOf(call) };
    return { step, call: progressOf(await writeLife(tx, ctx, { ...found, life })) };
  });
}

async function rememberEnd(
  tx: Transaction,
  botId: BotId,
  callId: string,
  event: Parameters<typeof advanceCall>[1],
  seenAtMs: number,
): Promise<CallStep> {
  const isThis = and(eq(earlyCallEnds.botId, botId), eq(earlyCallEnds.callId, callId));
  const [before] = await tx.select().from(earlyCallEnds).where(isThis);
  const { life, step } = advanceCall(before ? lifeOfEarlyEnd(before) : unknownCall, event);
  const { isAccepted, endSign, endedAtMs } = life;
  if (step !== "ignore" || (!isAccepted && endSign === null)) return "ignore";
  const columns = { isAccepted, endSign, endedAtMs, seenAtMs };
  await tx
    .insert(earlyCallEnds)
    .values({ botId, callId, ...columns })
    .onConflictDoUpdate({ target: [earlyCallEnds.botId, earlyCallEnds.callId], set: columns });
  return "ignore";
}
