import { decidingBlock, isAutomaticOrigin } from "./blocks.ts";
import { isLate, ownerNoticeMaxAgeMs } from "./screening.ts";
import type { CallDecision, ScreeningInput, TraceStep } from "./screening-types.ts";

/** What is still at hand while the store does not answer. */
export type DegradedInput = Pick<ScreeningInput, "nowMs" | "call" | "settings"> & {
  /** Blocks remembered from before. Each is enforced until its own end. */
  readonly cachedBlocks: ScreeningInput["blocks"];
  /** Known from before to be the own number, staff or allowed. */
  readonly isLetThrough: boolean;
};

/**
 * Decides a call while the store is down or slow: fails open. A remembered block still turns its caller away, without
 * a text, since the caps cannot be checked; everybody else rings, with outcome `failed` and reason `degraded`. Late
 * calls, group calls and calls of a bot that is off or only monitors are never touched.
 */
export function decideDegraded(input: DegradedInput): CallDecision {
  const { call, settings, nowMs } = input;
  const late = isLate(call);
  const mayAct =
    settings.enabled && settings.mode === "enforce" && !late && call.kind !== "group" && !input.isLetThrough;
  const block = mayAct ? decidingBlock(input.cachedBlocks, nowMs) : null;
  const shared = {
    late,
    ownerNotice: call.receivedAtMs - call.startedAtMs <= ownerNoticeMaxAgeMs,
    windowCount: null,
    windowLimit: null,
    ruleId: null,
    createBlock: null,
    would: null,
    reply: { status: "none", whyNot: "not-wanted" },
    trace: [traced(block !== null)],
  } as const;
  if (block === null) {
    const counts = call.kind !== "group" && !input.isLetThrough;
    return { ...shared, outcome: "failed", reason: "degraded", act: "none", counts, hitBlock: false, blockId: null };
  }
  const reason = isAutomaticOrigin(block.origin) ? "blocked-auto" : "blocked-manual";
  return { ...shared, outcome: "blocked", reason, act: "reject", counts: false, hitBlock: true, blockId: block.id };
}

function traced(isBlocked: boolean): TraceStep {
  return { step: "block-list", result: "decided", detail: { degraded: true, cachedBlock: isBlocked } };
}
