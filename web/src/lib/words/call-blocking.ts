import type { Outputs } from "#lib/api/client.ts";

type Settings = Outputs["callBlocking"]["get"];

/** One choice of a closed list: its label, and what it does in a sentence. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint: string;
}

/** What screening does with its decisions. */
export const modes: readonly Choice<Settings["mode"]>[] = [
  { value: "enforce", label: "Act", hint: "Calls are rejected and texts are sent as decided." },
  {
    value: "monitor",
    label: "Only watch",
    hint: "Every call rings. The history says what would have happened, so you can try settings out.",
  },
];

/** From when the calls of a caller are counted. */
export const limitWindows: readonly Choice<Settings["limitWindow"]>[] = [
  { value: "calendar-day", label: "Calendar day", hint: "The count starts anew at midnight in the bot's time zone." },
  { value: "rolling-24h", label: "Last 24 hours", hint: "Calls of the 24 hours before each call count." },
];

/** What the limit creates. */
export const blockTypes: readonly Choice<Settings["blockType"]>[] = [
  { value: "temporary", label: "Temporary", hint: "The block ends by itself." },
  { value: "permanent", label: "Permanent", hint: "The block lasts until somebody unblocks the caller." },
];

/** What happens to a call that no rule has turned away. */
export const defaultActions: readonly Choice<Settings["defaultAction"]>[] = [
  { value: "ring", label: "Let it ring", hint: "Callers within their limit get through." },
  { value: "reject", label: "Reject", hint: "Every call is rejected, without a text." },
  {
    value: "reject-and-reply",
    label: "Reject and reply",
    hint: "Every call is rejected, and the caller gets the reply.",
  },
];

/** What happens to video calls. */
export const videoCallActions: readonly Choice<Settings["videoCalls"]>[] = [
  { value: "as-voice", label: "Like voice calls", hint: "Video calls count and ring as voice calls do." },
  { value: "reject", label: "Reject", hint: "Every video call is rejected, and the caller gets the reply." },
];

/** What happens to group calls. */
export const groupCallActions: readonly Choice<Settings["groupCalls"]>[] = [
  { value: "ignore", label: "Leave alone", hint: "Group calls ring. They never count towards the limit." },
  { value: "reject", label: "Reject", hint: "Group calls are rejected. They never count and never block anybody." },
];

/** The sentence of the choice that is made. */
export const hintOf = <T extends string>(choices: readonly Choice<T>[], value: T): string =>
  choices.find((choice) => choice.value === value)?.hint ?? "";

const suspensionReasons: Readonly<Record<string, string>> = {
  "error-463": "WhatsApp refused a text to somebody who never wrote to the bot (error 463).",
  "reach-out-time-lock": "WhatsApp has locked the bot's texts to people who never wrote to it.",
  "error-403": "WhatsApp refused a text of the bot (error 403).",
};

/** Why no replies go out, in a sentence. */
export const describeSuspension = (reason: string): string =>
  suspensionReasons[reason] ?? "WhatsApp refused a text of the bot.";
