import type { Clock } from "@switchboard/core/ports/clock";

/** The machine's wall clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };
