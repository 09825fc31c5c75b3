import { governReply, type ReplyDecision, replyTextFor } from "./reply.ts";
import { firstVerdict, type RuledCall, type Verdict } from "./screening-rules.ts";
import type { CallDecision, ObservedDecision, ScreenedCall, ScreeningInput, TraceStep } from "./screening-types.ts";
import type { CallAct } from "./vocabulary.ts";

/** A call older than this at receipt is over, or will be before a reject arrives. */
export const lateAfterMs = 60_000;

/** Of calls older than this at receipt nobody is told any more; they are in the history. */
export const ownerNoticeMaxAgeMs = 900_000;

/**
 * Decides one call. Pure and total: the same input gives the same answer, nothing is written, nothing throws, so a
 * trial on the same state is the live decision. Off goes first (nothing but the log), then late (counts in the window
 * of its own time, never acts, never makes a block), then the rules in the order of screening-rules.ts; monitor mode
 * turns what they say into `would`. While off or monitoring a call counts as the rules say, except that the call which
 * would have made a block counts too, since no block restarts the count.
 */
export function decideCall(input: ScreeningInput): CallDecision {
  const ruled = firstVerdict(input);
  const late = isLate(input.call);
  if (!input.settings.enabled) {
    return observe(input, ruled.verdict, "not-enabled", [traced("enabled", "decided", { enabled: false })]);
  }
  const ageMs = input.call.receivedAtMs - input.call.startedAtMs;
  const way = [
    traced("enabled", "passed", {}),
    traced("late", late ? "decided" : "passed", { offline: input.call.offline, ageMs }),
  ];
  if (late) return observe(input, ruled.verdict, "late", way);
  const trace = [...way, ...ruled.trace];
  return input.settings.mode === "monitor" ? monitor(input, { ...ruled, trace }) : enforce(input, { ...ruled, trace });
}

/** Whether the call is over or too old to act on: from the queue, or more than 60 s old at receipt. */
export function isLate(call: Pick<ScreenedCall, "offline" | "startedAtMs" | "receivedAtMs">): boolean {
  return call.offline || call.receivedAtMs - call.startedAtMs > lateAfterMs;
}

function enforce(input: ScreeningInput, { verdict, trace: way }: RuledCall): CallDecision {
  const reply = replyTo(input, verdict);
  const shared = { ...common(input, verdict, verdict.counts), reason: verdict.reason, reply };
  const trace = verdict.wantedAct === "none" ? way : [...way, replyTraced(reply)];
  const idle = { createBlock: null, hitBlock: false, blockId: null, would: null } as const;
  if (verdict.outcome === "allowed" || verdict.outcome === "failed") {
    return { ...shared, ...idle, outcome: verdict.outcome, act: "none", trace };
  }
  const act = reply.status === "pending" ? "reject-and-reply" : "reject";
  if (verdict.outcome === "rejected") return { ...shared, ...idle, outcome: "rejected", act, trace };
  const { createBlock, blockId } = verdict;
  return { ...shared, outcome: "blocked", act, createBlock, hitBlock: blockId !== null, blockId, would: null, trace };
}

function monitor(input: ScreeningInput, { verdict, trace: way }: RuledCall): CallDecision {
  if (verdict.outcome === "failed") return enforce(input, { verdict, trace: way });
  const reply = replyTo(input, verdict);
  const act = actOf(verdict, reply);
  const trace = [...way, traced("mode", "decided", { mode: "monitor", wouldReply: reply.status })];
  const { outcome, reason, createBlock, blockId } = verdict;
  return { ...observe(input, verdict, "monitor", trace), blockId, would: { outcome, reason, act, createBlock } };
}

function observe(
  input: ScreeningInput,
  verdict: Verdict,
  reason: ObservedDecision["reason"],
  trace: readonly TraceStep[],
): ObservedDecision {
  const counts = verdict.counts || verdict.createBlock !== null;
  const reply: ReplyDecision = { status: "none", whyNot: "not-enforced" };
  const idle = { act: "none", createBlock: null, hitBlock: false, blockId: null, would: null } as const;
  return { ...common(input, verdict, counts), ...idle, outcome: "observed", reason, reply, trace };
}

/** The call that makes a block is numbered and held against the limit, although it does not count any more. */
function common(input: ScreeningInput, verdict: Verdict, counts: boolean) {
  const { call, settings, countedCalls } = input;
  const isNumbered = counts || verdict.createBlock !== null;
  return {
    late: isLate(call),
    ownerNotice: call.receivedAtMs - call.startedAtMs <= ownerNoticeMaxAgeMs,
    counts,
    windowCount: isNumbered ? countedCalls + 1 : null,
    windowLimit: isNumbered ? settings.dailyLimit : null,
    ruleId: verdict.ruleId,
  };
}

function replyTo(input: ScreeningInput, verdict: Verdict): ReplyDecision {
  if (verdict.wantedAct !== "reject-and-reply") return { status: "none", whyNot: "not-wanted" };
  const { settings, replies: counters, caller, nowMs } = input;
  const text = replyTextFor(verdict.reason, settings.autoReply);
  return governReply({ text, caps: settings.replyCaps, counters, isStranger: !caller.isKnown, nowMs });
}

function actOf(verdict: Verdict, reply: ReplyDecision): CallAct {
  if (verdict.wantedAct === "none") return "none";
  return reply.status === "pending" ? "reject-and-reply" : "reject";
}

function replyTraced(reply: ReplyDecision): TraceStep {
  return traced("reply", "decided", { status: reply.status, whyNot: reply.whyNot });
}

function traced(step: TraceStep["step"], result: TraceStep["result"], detail: TraceStep["detail"]): TraceStep {
  return { step, result, detail };
}
