import { type Call, endingWords, rejectWords, replyWords } from "#lib/words/calls.ts";

type Effects = Pick<Call, "ended" | "rejectStatus" | "replyStatus">;

/** How a call ended, in words; for one of whose end nothing was heard, what is known. */
export function describeEnding(call: Pick<Call, "ended">, isRinging: boolean): string {
  if (call.ended !== null) return endingWords[call.ended];
  return isRinging ? "Ringing" : "No word of its end";
}

/** What was done about a call, in words: the reject where its ending does not say it, and the text. Empty: nothing. */
export function describeEffects({ ended, rejectStatus, replyStatus }: Effects): string {
  const isSaid = ended === "rejected-by-us" && rejectStatus === "confirmed";
  return [isSaid ? null : rejectWords[rejectStatus], replyWords[replyStatus]]
    .filter((part) => part !== null)
    .join(". ");
}

/** The call's place in the limit: "Call 4, limit 3"; null where it was not numbered. */
export function describeCount({ windowCount, windowLimit }: Pick<Call, "windowCount" | "windowLimit">): string | null {
  if (windowCount === null) return null;
  return windowLimit === null ? `Call ${windowCount}, no limit` : `Call ${windowCount}, limit ${windowLimit}`;
}
