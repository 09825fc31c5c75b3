import type { BlockEnd, BlockRow } from "./blocks.ts";
import type { CallBlockingSettings } from "./call-blocking-settings.ts";
import type { ReplyCounters, ReplyDecision } from "./reply.ts";
import type { CallAct, CallKind, CallOutcome, CallReason } from "./vocabulary.ts";

/** The call in question. */
export interface ScreenedCall {
  readonly kind: CallKind;
  /** WhatsApp delivered it from its queue after a reconnect: the call is over. */
  readonly offline: boolean;
  /** When it began, by WhatsApp's clock. */
  readonly startedAtMs: number;
  /** When it reached us, by ours. */
  readonly receivedAtMs: number;
}

/** What is known of the caller. */
export interface CallerFacts {
  /** The bot's own number or LID. */
  readonly isOwnNumber: boolean;
  readonly isStaff: boolean;
  /** On the allow list, exactly. Null: the list could not be read, and then no block is created. */
  readonly isAllowed: boolean | null;
  /** Has chatted with the bot. */
  readonly isKnown: boolean;
}

/** What the rules beyond the lists and the limit say of this call. Null: nothing. */
export interface RuleVerdicts {
  /** The longest matching prefix or pattern; a tie has been decided for the allow. */
  readonly pattern: { readonly action: "allow" | "block"; readonly ruleId: string } | null;
  /** The bot is closed now. */
  readonly schedule: { readonly ruleId: string } | null;
  /** The caller is unknown and unknown callers are turned away. */
  readonly unknownCaller: { readonly ruleId: string } | null;
  /** A second call soon after the first, which passes schedule and unknown-caller rule and nothing else. */
  readonly isRepeatCall: boolean;
}

/** A bot without such rules. */
export const noRules: RuleVerdicts = { pattern: null, schedule: null, unknownCaller: null, isRepeatCall: false };

/** Everything a decision depends on. */
export interface ScreeningInput {
  readonly nowMs: number;
  readonly call: ScreenedCall;
  readonly settings: CallBlockingSettings;
  readonly caller: CallerFacts;
  /** Blocks matching the caller's number or LID. Ended and expired ones may be among them and are ignored. */
  readonly blocks: readonly BlockRow[];
  /** Calls that count in the window of this call's own time since the last restart, without this one. */
  readonly countedCalls: number;
  readonly replies: ReplyCounters;
  readonly rules: RuleVerdicts;
}

/** The places a decision passes, in their order. */
export const screeningSteps = [
  "enabled",
  "late",
  "own-number",
  "staff",
  "allow-list",
  "group",
  "block-list",
  "pattern",
  "limit",
  "video",
  "schedule",
  "unknown-caller",
  "default",
  "mode",
  "reply",
] as const;

/** One place; see {@link screeningSteps}. */
export type ScreeningStep = (typeof screeningSteps)[number];

/** One line of the answer to "why?": where the decision passed and what it met there. Holds no number and no text. */
export interface TraceStep {
  readonly step: ScreeningStep;
  readonly result: "passed" | "decided";
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** A block the decision creates. */
export interface NewBlock extends BlockEnd {
  readonly origin: "limit";
}

/** What enforcing would have done. */
export interface WouldDecide {
  readonly outcome: Exclude<CallOutcome, "observed" | "failed">;
  readonly reason: CallReason;
  readonly act: CallAct;
  readonly createBlock: NewBlock | null;
}

interface DecisionBase {
  readonly reason: CallReason;
  /** Came from the queue or was older than 60 s at receipt. */
  readonly late: boolean;
  /** Whether the owner is told of the call: not of calls older than 15 minutes. */
  readonly ownerNotice: boolean;
  /** Whether the call counts in the window of its own time. */
  readonly counts: boolean;
  /** Which call of the window it is, the first being 1. Null: the call is not counted at all. */
  readonly windowCount: number | null;
  /** The limit it was held against. Null: not counted, or no limit set. */
  readonly windowLimit: number | null;
  readonly reply: ReplyDecision;
  readonly ruleId: string | null;
  readonly trace: readonly TraceStep[];
}

/** Nothing is done; the phone rings. */
export interface UntouchedDecision extends DecisionBase {
  readonly outcome: "allowed" | "failed";
  readonly act: "none";
  readonly createBlock: null;
  readonly hitBlock: false;
  readonly blockId: null;
  readonly would: null;
}

/** A rule other than block and limit turns the call away. */
export interface RejectedDecision extends DecisionBase {
  readonly outcome: "rejected";
  readonly act: "reject" | "reject-and-reply";
  readonly createBlock: null;
  readonly hitBlock: false;
  readonly blockId: null;
  readonly would: null;
}

/**
 * A block, a blocked pattern or the limit turns the call away. `blockId` is the block that did, which `hitBlock` says
 * to raise the hit count of; the limit creates one instead.
 */
export interface BlockedDecision extends DecisionBase {
  readonly outcome: "blocked";
  readonly act: "reject" | "reject-and-reply";
  readonly createBlock: NewBlock | null;
  readonly hitBlock: boolean;
  readonly blockId: string | null;
  readonly would: null;
}

/** Nothing is done on purpose. `would` is set in monitor mode only; `blockId` is the block that would have hit. */
export interface ObservedDecision extends DecisionBase {
  readonly outcome: "observed";
  readonly reason: "not-enabled" | "late" | "monitor";
  readonly act: "none";
  readonly createBlock: null;
  readonly hitBlock: false;
  readonly blockId: string | null;
  readonly would: WouldDecide | null;
}

/** What becomes of a call, told apart by `outcome`. Rejecting always goes before replying. */
export type CallDecision = UntouchedDecision | RejectedDecision | BlockedDecision | ObservedDecision;
