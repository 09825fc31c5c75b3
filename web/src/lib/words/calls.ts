import type { Outputs } from "#lib/api/client.ts";

/** A call as the api shows it. */
export type Call = Outputs["calls"]["get"];

/** What was decided about a call; the api's closed list. */
export type CallOutcome = Call["outcome"];

interface OutcomeWords {
  readonly label: string;
  readonly tone: "plain" | "good" | "info" | "warning" | "bad";
  /** What it means, in a sentence. */
  readonly meaning: string;
}

/** Each outcome in a word or two, and the colour that repeats it, in the order in which they are shown. */
export const outcomeWords: Readonly<Record<CallOutcome, OutcomeWords>> = {
  allowed: { label: "Allowed", tone: "good", meaning: "The phone rang." },
  blocked: { label: "Blocked", tone: "bad", meaning: "Turned away by a block or by the limit." },
  rejected: { label: "Rejected", tone: "warning", meaning: "Turned away by another rule." },
  observed: {
    label: "Only logged",
    tone: "plain",
    meaning: "Nothing was done: screening was off, watching, or too late.",
  },
  failed: { label: "Undecided", tone: "info", meaning: "It rang because no decision could be made in time." },
};

/** Every outcome, in the order of {@link outcomeWords}. */
export const callOutcomes: readonly CallOutcome[] = ["allowed", "blocked", "rejected", "observed", "failed"];

/** Why it was decided so. */
export const reasonWords: Readonly<Record<Call["reason"], string>> = {
  "default-ring": "No rule spoke against it",
  "limit-exceeded": "Over the daily limit",
  "blocked-auto": "Blocked after too many calls",
  "blocked-manual": "Somebody blocked this caller",
  "allowed-exact": "On the allow list",
  staff: "A staff number",
  "own-number": "The bot's own number",
  "group-ignored": "Group calls are left alone",
  "group-rejected": "Group calls are rejected",
  "video-rejected": "Video calls are rejected",
  "default-reject": "All calls are rejected",
  late: "It came too late to act on",
  "not-enabled": "Call blocking is off",
  monitor: "Monitor mode: nothing is done",
  degraded: "The database was away",
  "allowed-pattern": "The number fits an allowed pattern",
  "blocked-pattern": "The number fits a blocked pattern",
  "outside-hours": "Outside the opening hours",
  "unknown-caller": "An unknown caller",
  "repeat-bypass": "The second call in a short time",
};

/** What kind of call it was. */
export const kindWords: Readonly<Record<Call["kind"], string>> = {
  voice: "Voice call",
  video: "Video call",
  group: "Group call",
};

/** How a call ended. */
export const endingWords: Readonly<Record<NonNullable<Call["ended"]>, string>> = {
  missed: "Missed",
  cancelled: "The caller hung up",
  answered: "Answered",
  "answered-elsewhere": "Answered on the phone",
  "rejected-elsewhere": "Declined on the phone",
  "rejected-by-us": "Rejected by Switchboard",
  timeout: "Rang out",
  unknown: "Over; how is not known",
};

/** How the reject went; null: there was none to tell of. */
export const rejectWords: Readonly<Record<Call["rejectStatus"], string | null>> = {
  none: null,
  pending: "Rejecting it…",
  confirmed: "WhatsApp confirmed the reject",
  unconfirmed: "Rejected, but WhatsApp did not confirm it",
  failed: "WhatsApp refused the reject",
  moot: "Over before it could be rejected",
};

/** How the text to the caller went; null: there was none to tell of. */
export const replyWords: Readonly<Record<Call["replyStatus"], string | null>> = {
  none: null,
  pending: "Text on its way",
  sent: "Text sent",
  delivered: "Text delivered",
  read: "Text read",
  throttled: "No text: too many already",
  suspended: "No text: replies rest",
  failed: "The text could not be sent",
  moot: "No text: the call was over",
};
