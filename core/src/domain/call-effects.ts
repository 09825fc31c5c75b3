import { isAnswered } from "./call-lifecycle.ts";
import type { CallEnding, RejectStatus, ReplyStatus } from "./vocabulary.ts";

/** Tries of one reject. The client cannot tell an acknowledgement from silence, so more would not be surer. */
export const rejectTriesMax = 3;

/** All tries of a reject happen within this time; a ringing phone is answered or given up by then. */
export const rejectWithinMs = 10_000;

/** How one try of a reject went: acknowledged, acknowledged with an error, or nothing heard. */
export type RejectTry = "acknowledged" | "refused" | "silent";

/** Where a reject and its call stand. `tries` are those made so far, in order. */
export interface RejectProgress {
  readonly tries: readonly RejectTry[];
  readonly firstTriedAtMs: number;
  readonly nowMs: number;
  /** How the call has ended; null: it rings. */
  readonly ended: CallEnding | null;
}

/** Try again now, or the final status. */
export type RejectNext = { readonly next: "try" } | { readonly next: "stop"; readonly status: RejectStatus };

/**
 * What follows a try. An acknowledgement confirms; an ended call makes the rest moot; after three tries or ten seconds
 * the reject is `failed` if the server refused the last one and `unconfirmed` if it said nothing.
 */
export function nextRejectStep(progress: RejectProgress): RejectNext {
  const { tries, firstTriedAtMs, nowMs, ended } = progress;
  const last = tries.at(-1);
  if (last === "acknowledged") return { next: "stop", status: "confirmed" };
  if (ended === "rejected-by-us") return { next: "stop", status: "confirmed" };
  if (ended !== null) return { next: "stop", status: "moot" };
  const mayTry = tries.length < rejectTriesMax && (tries.length === 0 || nowMs - firstTriedAtMs < rejectWithinMs);
  if (mayTry) return { next: "try" };
  return { next: "stop", status: last === "refused" ? "failed" : "unconfirmed" };
}

/** What to do with a text that waits for its reject. */
export type ReplyStep = "send" | "wait" | "drop";

/**
 * Whether a waiting text may go out now. Never while the phone may still ring: the reject must be confirmed or the call
 * over. Dropped (status `moot`) if somebody answered. After a reject that came to nothing it waits for the call's end.
 */
export function replyStep(reply: ReplyStatus, reject: RejectStatus, ended: CallEnding | null): ReplyStep {
  if (reply !== "pending" || isAnswered(ended)) return "drop";
  return reject === "confirmed" || ended !== null ? "send" : "wait";
}
