import type { Call } from "#lib/words/calls.ts";

/** No phone rings longer than this; the api refuses to reject older calls for the same reason. */
const RINGING_MS_MAX = 120_000;

/** Whether a call may ring now, as far as the history knows: somebody may have answered it a moment ago. */
export const isRinging = (
  { ended, late, rejectStatus, receivedAt }: Pick<Call, "ended" | "late" | "rejectStatus" | "receivedAt">,
  nowMs: number,
): boolean =>
  ended === null && !late && rejectStatus !== "confirmed" && nowMs - Date.parse(receivedAt) <= RINGING_MS_MAX;
