import type { CallEnding, CallOutcome } from "./vocabulary.ts";

/**
 * Phases of a call as the wire names them (children of a `call` stanza), and `timeout` as Baileys names a terminate
 * for that reason (src/Utils/generics.ts, getCallStatusFromNode). Baileys says `ringing` for every tag it does not know.
 */
export const callPhases = [
  "offer",
  "offer_notice",
  "preaccept",
  "transport",
  "relaylatency",
  "accept",
  "reject",
  "terminate",
  "timeout",
  "ringing",
] as const;

/** One phase; see {@link callPhases}. */
export type CallPhase = (typeof callPhases)[number];

/** Phases that begin a call whose id is not known. The offer of a LID caller may never come. */
const beginningPhases: ReadonlySet<CallPhase> = new Set([
  "offer",
  "offer_notice",
  "preaccept",
  "transport",
  "relaylatency",
]);

/** What is remembered of one call id. Lives as long as events of it may still come, also before and after its row. */
export interface CallLife {
  /** Whether a row exists: a phase that begins a call has been seen. An end may overtake the offer. */
  readonly hasBegun: boolean;
  /** Whether our own account accepted it somewhere; it may still be going on. */
  readonly isAccepted: boolean;
  /** `sent`: our reject is on its way and not confirmed. */
  readonly ownReject: "none" | "sent" | "confirmed";
  /** The surest sign of the end so far; null: none. What the row shows is `ended`. */
  readonly endSign: CallEnding | null;
  /** Null: not ended. */
  readonly ended: CallEnding | null;
  /** When the first sign of the end came; null: none came. */
  readonly endedAtMs: number | null;
}

/**
 * Something that happened to a call. `terminateReason` is the wire's attribute: null where the stanza had none,
 * undefined where only Baileys' event was seen, which does not carry it.
 */
export type CallEvent =
  | {
      readonly type: "phase";
      readonly phase: CallPhase;
      readonly atMs: number;
      readonly terminateReason?: string | null;
    }
  | { readonly type: "reject-sent"; readonly atMs: number }
  | { readonly type: "reject-confirmed"; readonly atMs: number };

/**
 * What to do with an event. `begin`: write the row and screen the call. `begin-ended`: write the row, it is over, do
 * not act. `update`: something the row shows has changed. `ignore`: nothing has.
 */
export type CallStep = "begin" | "begin-ended" | "update" | "ignore";

/** A call id nothing is known of. */
export const unknownCall: CallLife = {
  hasBegun: false,
  isAccepted: false,
  ownReject: "none",
  endSign: null,
  ended: null,
  endedAtMs: null,
};

/** Signs of an end, the least sure first. */
const signsBySureness: readonly CallEnding[] = [
  "unknown",
  "missed",
  "timeout",
  "rejected-elsewhere",
  "rejected-by-us",
  "answered-elsewhere",
];

/**
 * Takes one event in. The order of the events does not matter to what the row says in the end, and duplicates change
 * nothing: a call begins once, and a later sign only makes the ending surer. `rejected-by-us` gives way to nothing but
 * that somebody had answered.
 */
export function advanceCall(life: CallLife, event: CallEvent): { life: CallLife; step: CallStep } {
  const next = apply(life, event);
  if (!life.hasBegun && next.hasBegun) return { life: next, step: next.ended === null ? "begin" : "begin-ended" };
  const isChanged = life.ended !== next.ended || life.isAccepted !== next.isAccepted;
  return { life: next, step: next.hasBegun && isChanged ? "update" : "ignore" };
}

/** Whether the phase begins a call of an unknown id. */
export function isBeginningPhase(phase: CallPhase): boolean {
  return beginningPhases.has(phase);
}

/** Whether somebody of our own account took the call. */
export function isAnswered(ended: CallEnding | null): boolean {
  return ended === "answered" || ended === "answered-elsewhere";
}

/** Whether the owner missed the call: nobody turned it away and nobody took it. */
export function isMissedCall(outcome: CallOutcome, ended: CallEnding | null): boolean {
  const wasLeftAlone = outcome === "allowed" || outcome === "observed" || outcome === "failed";
  return wasLeftAlone && (ended === "missed" || ended === "cancelled" || ended === "timeout");
}

function apply(life: CallLife, event: CallEvent): CallLife {
  if (event.type === "reject-sent")
    return ending({ ...life, ownReject: life.ownReject === "none" ? "sent" : life.ownReject });
  if (event.type === "reject-confirmed")
    return signed({ ...life, ownReject: "confirmed" }, "rejected-by-us", event.atMs);
  if (isBeginningPhase(event.phase)) return { ...life, hasBegun: true };
  switch (event.phase) {
    case "accept":
      return ending({ ...life, isAccepted: true });
    case "reject":
      return signed(life, "rejected-elsewhere", event.atMs);
    case "terminate":
      return signed(life, signOf(event.terminateReason), event.atMs);
    case "timeout":
      return signed(life, "timeout", event.atMs);
    default:
      return life;
  }
}

/** What a terminate is a sign of; reasons as in oxidezap/whatsapp-rust src/handlers/call.rs. */
function signOf(reason: string | null | undefined): CallEnding {
  if (reason === "accepted_elsewhere") return "answered-elsewhere";
  if (reason === "rejected_elsewhere") return "rejected-elsewhere";
  if (reason === "timeout") return "timeout";
  return reason === null || reason === "none" || reason === "group_call_ended" ? "missed" : "unknown";
}

function signed(life: CallLife, sign: CallEnding, atMs: number): CallLife {
  const isSurer = life.endSign === null || signsBySureness.indexOf(sign) > signsBySureness.indexOf(life.endSign);
  const endedAtMs = life.endedAtMs === null ? atMs : Math.min(life.endedAtMs, atMs);
  return ending({ ...life, endSign: isSurer ? sign : life.endSign, endedAtMs });
}

/**
 * What the row says: the surest sign, except that an accepted call was answered whatever ended it, and that a caller
 * who hung up while our reject was on its way cancelled.
 */
function ending(life: CallLife): CallLife {
  const { endSign, isAccepted, ownReject } = life;
  if (endSign === null || endSign === "answered-elsewhere") return { ...life, ended: endSign };
  if (isAccepted) return { ...life, ended: "answered" };
  return { ...life, ended: endSign === "missed" && ownReject === "sent" ? "cancelled" : endSign };
}
