import { type AutoReplySettings, type ReplyCaps, replyTextLengthMax } from "./call-blocking-settings.ts";
import type { CallReason } from "./vocabulary.ts";

/** Rolling span of the cap per caller. */
export const replyCallerWindowMs = 3_600_000;

/** Rolling span of the cap per bot. */
export const replyBotWindowMs = 60_000;

/** How long all replies of a bot rest after the first error 463, reach-out time-lock or 403. Rejecting goes on. */
export const replySuspensionMs = 86_400_000;

/** A text goes out 1 to 3 s after the reject: at once looks like a machine, later looks like an afterthought. */
export const replyDelayMsMin = 1_000;

/** Upper end of the delay; see {@link replyDelayMsMin}. */
export const replyDelayMsMax = 3_000;

/** What the bot has sent so far, without the reply now in question. Reserved and unsent replies count as sent. */
export interface ReplyCounters {
  /** To this caller with `now - 3,600,000 < sent`. */
  readonly callerLastHour: number;
  /** To all callers with `now - 60,000 < sent`. */
  readonly botLastMinute: number;
  /** Different strangers texted since midnight in the bot's zone. */
  readonly strangersToday: number;
  /** Whether this caller is one of those strangers: another text to them makes no new stranger. */
  readonly isCallerAmongStrangers: boolean;
  /** Instant at which a suspension of all replies ends; null: none. */
  readonly suspendedUntilMs: number | null;
}

/** Why no text is sent. */
export type NoReplyReason =
  | "not-wanted"
  | "no-text"
  | "suspended"
  | "caller-cap"
  | "bot-cap"
  | "stranger-cap"
  | "not-enforced";

/** Whether a rejected call gets its text, as the call's first reply status, and why not. */
export type ReplyDecision =
  | { readonly status: "pending"; readonly whyNot: null }
  | { readonly status: "throttled"; readonly whyNot: "caller-cap" | "bot-cap" | "stranger-cap" }
  | { readonly status: "suspended"; readonly whyNot: "suspended" }
  | { readonly status: "none"; readonly whyNot: "not-wanted" | "no-text" | "not-enforced" };

/** What the governor looks at. `isStranger`: the caller never chatted with the bot. */
export interface ReplyQuestion {
  readonly text: string;
  readonly caps: ReplyCaps;
  readonly counters: ReplyCounters;
  readonly isStranger: boolean;
  readonly nowMs: number;
}

/** Decides about one text: none without a text, then the suspension, then the caps of caller, bot and strangers. */
export function governReply(question: ReplyQuestion): ReplyDecision {
  const { caps, counters, nowMs } = question;
  if (question.text === "") return { status: "none", whyNot: "no-text" };
  if (counters.suspendedUntilMs !== null && nowMs < counters.suspendedUntilMs) {
    return { status: "suspended", whyNot: "suspended" };
  }
  if (counters.callerLastHour >= caps.perCallerPerHour) return { status: "throttled", whyNot: "caller-cap" };
  if (counters.botLastMinute >= caps.perBotPerMinute) return { status: "throttled", whyNot: "bot-cap" };
  const isNewStranger = question.isStranger && !counters.isCallerAmongStrangers;
  if (isNewStranger && counters.strangersToday >= caps.strangersPerDay) {
    return { status: "throttled", whyNot: "stranger-cap" };
  }
  return { status: "pending", whyNot: null };
}

/** The text for a call rejected for this reason; empty: send none. */
export function replyTextFor(reason: CallReason, texts: AutoReplySettings): string {
  if (reason === "video-rejected") return texts.videoText;
  if (reason === "group-rejected") return texts.groupText;
  return texts.text;
}

/** What is wrong with a reply text, or null. A text of blanks only would be sent as an empty bubble. */
export function replyTextProblem(text: string): "too-long" | "blank" | "control-character" | null {
  if ([...text].length > replyTextLengthMax) return "too-long";
  if (text !== "" && text.trim() === "") return "blank";
  return hasControlCharacter(text) ? "control-character" : null;
}

/** The delay of a text in milliseconds. `jitter` is a random number from 0 up to 1. */
export function replyDelayMs(jitter: number): number {
  return Math.round(replyDelayMsMin + jitter * (replyDelayMsMax - replyDelayMsMin));
}

/** Tab and line breaks are text; the other controls of ASCII are not. */
function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return (code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127;
  });
}
