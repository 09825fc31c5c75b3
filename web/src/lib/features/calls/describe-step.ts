import type { Call } from "#lib/words/calls.ts";

type Step = Call["trace"][number];
type Part = string | false | undefined;

interface StepWords {
  /** What was found where the decision went on. */
  readonly passed: string;
  /** What was found where it was taken. */
  readonly decided: string;
  readonly details?: (detail: Step["detail"]) => readonly Part[];
}

const windows = new Map([
  ["calendar-day", "of a day"],
  ["rolling-24h", "of 24 hours"],
]);
const actions = new Map([
  ["ring", "it rings"],
  ["reject", "it is rejected"],
  ["reject-and-reply", "it is rejected, with a text"],
]);
const noTextReasons = new Map([
  ["caller-cap", "no, this caller got enough of them within the hour"],
  ["bot-cap", "no, the bot sent enough of them within the minute"],
  ["stranger-cap", "no, enough strangers got one today"],
  ["suspended", "no, all replies of the bot rest"],
  ["no-text", "no, none is set"],
  ["not-wanted", "no, none is wanted"],
]);

const SECOND_CALL = {
  details: ({ repeat }) => [repeat === true && "a second call in a short time"],
} satisfies Partial<StepWords>;

/** Each place a decision passes; see screening-types.ts of core. */
const steps = new Map<string, StepWords>([
  ["enabled", { passed: "Call blocking is on", decided: "Call blocking is off" }],
  [
    "late",
    {
      passed: "It came in time",
      decided: "It came too late to act on",
      details: ({ offline }) => [offline === true && "from while the bot was away"],
    },
  ],
  ["own-number", { passed: "Not the bot's own number", decided: "The bot's own number" }],
  ["staff", { passed: "Not a staff number", decided: "A staff number" }],
  [
    "allow-list",
    {
      passed: "Not on the allow list",
      decided: "On the allow list",
      details: ({ readable }) => [readable === false && "the list could not be read"],
    },
  ],
  ["group", { passed: "Not a group call", decided: "A group call" }],
  [
    "block-list",
    {
      passed: "Not blocked",
      decided: "Blocked",
      details: ({ type, origin, degraded }) => [
        typeof type === "string" && type,
        typeof origin === "string" && (origin === "limit" ? "made by the limit" : `made by: ${origin}`),
        degraded === true && "as remembered, since the database was away",
      ],
    },
  ],
  ["pattern", { passed: "The number fits no pattern", decided: "The number fits a pattern" }],
  [
    "limit",
    {
      passed: "Within the limit",
      decided: "Over the limit",
      details: ({ count, limit, window }) => [
        typeof count === "number" && `call ${count}`,
        limit === null ? "no limit is set" : typeof limit === "number" && `limit ${limit}`,
        windows.get(String(window)),
      ],
    },
  ],
  ["video", { passed: "Not a video call to reject", decided: "A video call" }],
  ["schedule", { passed: "Not outside the opening hours", decided: "Outside the opening hours", ...SECOND_CALL }],
  ["unknown-caller", { passed: "No rule for unknown callers", decided: "An unknown caller", ...SECOND_CALL }],
  [
    "default",
    {
      passed: "No rule spoke",
      decided: "No rule spoke, so the default holds",
      details: ({ action }) => [actions.get(String(action))],
    },
  ],
  ["mode", { passed: "Decisions are carried out", decided: "Monitor mode: nothing is done" }],
  [
    "reply",
    {
      passed: "A text to the caller",
      decided: "A text to the caller",
      details: ({ status, whyNot }) => [status === "pending" ? "yes" : noTextReasons.get(String(whyNot))],
    },
  ],
]);

/** One step of a decision in words: what was found, and what there is to say about it; empty where there is nothing. */
export function describeStep({ step, result, detail }: Step): { readonly found: string; readonly details: string } {
  const words = steps.get(step);
  if (words === undefined) return { found: step, details: "" };
  const parts = words.details?.(detail) ?? [];
  return { found: words[result], details: parts.filter((part) => typeof part === "string").join(", ") };
}
