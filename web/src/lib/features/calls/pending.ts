import type { Call } from "#lib/words/calls.ts";

/** A text goes out within seconds of the reject; what waits longer is told by the next event or visit. */
const WAIT_MS_MAX = 60_000;
const ASK_AGAIN_MS = 3_000;

/**
 * When to ask again on behalf of young calls whose reject or text is under way, in ms; false: there are none. No event
 * tells of these last steps.
 */
export const pendingMs = (calls: readonly Pick<Call, "rejectStatus" | "replyStatus" | "receivedAt">[], nowMs: number) =>
  calls.some(
    ({ rejectStatus, replyStatus, receivedAt }) =>
      (rejectStatus === "pending" || replyStatus === "pending") && nowMs - Date.parse(receivedAt) < WAIT_MS_MAX,
  ) && ASK_AGAIN_MS;
