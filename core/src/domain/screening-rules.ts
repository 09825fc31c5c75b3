import { type BlockEnd, decidingBlock, hourMs, isAutomaticOrigin } from "./blocks.ts";
import type { CallBlockingSettings } from "./call-blocking-settings.ts";
import type { NewBlock, ScreeningInput, ScreeningStep, TraceStep } from "./screening-types.ts";
import type { CallAct, CallReason } from "./vocabulary.ts";

/** What the first matching rule wants, before the mode and the reply governor have their say. */
export interface Verdict {
  readonly outcome: "allowed" | "rejected" | "blocked" | "failed";
  readonly reason: CallReason;
  readonly wantedAct: CallAct;
  readonly counts: boolean;
  readonly createBlock: NewBlock | null;
  readonly blockId: string | null;
  readonly ruleId: string | null;
}

/** The first verdict and the way to it. */
export interface RuledCall {
  readonly verdict: Verdict;
  readonly trace: readonly TraceStep[];
}

interface Answer {
  readonly verdict: Verdict | null;
  readonly detail?: TraceStep["detail"];
}

type Rule = readonly [step: ScreeningStep, ask: (input: ScreeningInput) => Answer];

/**
 * The order of the rules; the first that answers decides. Own number, staff and allow list come before the setting for
 * group calls, which comes before the block list: a group call is judged by its own setting even from a blocked caller.
 * The setting for video calls comes after the limit, because a rejected video call counts like any other.
 */
const rules: readonly Rule[] = [
  ["own-number", ({ caller }) => ({ verdict: caller.isOwnNumber ? letThrough("own-number") : null })],
  ["staff", ({ caller }) => ({ verdict: caller.isStaff ? letThrough("staff") : null })],
  ["allow-list", askAllowList],
  ["group", askGroup],
  ["block-list", askBlockList],
  ["pattern", askPattern],
  ["limit", askLimit],
  ["video", askVideo],
  ["schedule", askSchedule],
  ["unknown-caller", askUnknownCaller],
];

/** Asks the rules in their order, and the default action last. Always answers. */
export function firstVerdict(input: ScreeningInput): RuledCall {
  const trace: TraceStep[] = [];
  for (const [step, ask] of rules) {
    const { verdict, detail = {} } = ask(input);
    trace.push({ step, result: verdict === null ? "passed" : "decided", detail });
    if (verdict !== null) return { verdict, trace };
  }
  const verdict = defaultVerdict(input);
  trace.push({ step: "default", result: "decided", detail: { action: input.settings.defaultAction } });
  return { verdict, trace };
}

function askAllowList({ caller }: ScreeningInput): Answer {
  if (caller.isAllowed === null) return { verdict: null, detail: { readable: false } };
  return { verdict: caller.isAllowed ? letThrough("allowed-exact") : null };
}

function askGroup({ call, settings }: ScreeningInput): Answer {
  if (call.kind !== "group") return { verdict: null };
  if (settings.groupCalls === "ignore") return { verdict: letThrough("group-ignored") };
  return { verdict: { ...turnAway("group-rejected", null), counts: false } };
}

function askBlockList({ blocks, nowMs }: ScreeningInput): Answer {
  const block = decidingBlock(blocks, nowMs);
  if (block === null) return { verdict: null };
  const reason = isAutomaticOrigin(block.origin) ? "blocked-auto" : "blocked-manual";
  const verdict: Verdict = { ...turnAway(reason, null), outcome: "blocked", counts: false, blockId: block.id };
  return { verdict, detail: { type: block.type, origin: block.origin, expiresAtMs: block.expiresAtMs } };
}

function askPattern({ rules: { pattern } }: ScreeningInput): Answer {
  if (pattern === null) return { verdict: null };
  const { ruleId } = pattern;
  if (pattern.action === "allow") return { verdict: { ...letThrough("allowed-pattern"), ruleId } };
  return { verdict: { ...turnAway("blocked-pattern", ruleId), outcome: "blocked", counts: false } };
}

/** The limit is exceeded by call number limit + 1, which makes the block and is itself turned away. */
function askLimit(input: ScreeningInput): Answer {
  const limit = input.settings.dailyLimit;
  const count = input.countedCalls + 1;
  const detail = { count, limit, window: input.settings.limitWindow };
  if (limit === null || count <= limit) return { verdict: null, detail };
  if (input.caller.isAllowed === null) return { verdict: undecided(), detail };
  const createBlock: NewBlock = { ...limitBlockEnd(input.settings, input.nowMs), origin: "limit" };
  const verdict: Verdict = { ...turnAway("limit-exceeded", null), outcome: "blocked", counts: false, createBlock };
  return { verdict, detail };
}

function askVideo({ call, settings }: ScreeningInput): Answer {
  const isRejected = call.kind === "video" && settings.videoCalls === "reject";
  return { verdict: isRejected ? turnAway("video-rejected", null) : null };
}

function askSchedule({ rules: { schedule, isRepeatCall } }: ScreeningInput): Answer {
  if (schedule === null) return { verdict: null };
  if (isRepeatCall) return { verdict: null, detail: { repeat: true } };
  return { verdict: turnAway("outside-hours", schedule.ruleId) };
}

function askUnknownCaller({ rules: { unknownCaller, isRepeatCall } }: ScreeningInput): Answer {
  if (unknownCaller === null) return { verdict: null };
  if (isRepeatCall) return { verdict: null, detail: { repeat: true } };
  return { verdict: turnAway("unknown-caller", unknownCaller.ruleId) };
}

function defaultVerdict({ settings, rules: { isRepeatCall, schedule, unknownCaller } }: ScreeningInput): Verdict {
  if (settings.defaultAction !== "ring") {
    return { ...turnAway("default-reject", null), wantedAct: settings.defaultAction };
  }
  const isBypass = isRepeatCall && (schedule !== null || unknownCaller !== null);
  return { ...letThrough(isBypass ? "repeat-bypass" : "default-ring"), counts: true };
}

function limitBlockEnd({ blockType, blockHours }: CallBlockingSettings, nowMs: number): BlockEnd {
  return { type: blockType, expiresAtMs: blockType === "permanent" ? null : nowMs + blockHours * hourMs };
}

function letThrough(reason: CallReason): Verdict {
  const none = { createBlock: null, blockId: null, ruleId: null };
  return { outcome: "allowed", reason, wantedAct: "none", counts: false, ...none };
}

function turnAway(reason: CallReason, ruleId: string | null): Verdict {
  const none = { createBlock: null, blockId: null };
  return { outcome: "rejected", reason, wantedAct: "reject-and-reply", counts: true, ruleId, ...none };
}

/** Over the limit, but perhaps allowed: nobody is blocked while the allow list cannot be read. */
function undecided(): Verdict {
  return { ...letThrough("degraded"), outcome: "failed", counts: true };
}
