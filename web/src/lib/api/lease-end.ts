import type { Outputs } from "./client.ts";

type Bot = Outputs["bots"]["get"];

/** Beyond the end of a lease, so that the answer is about what came after it. */
const LEEWAY_MS = 1_000;
/** Leases are renewed long before they end; a clock of this machine that is wrong must not make it ask all the time. */
const PAUSE_MS_MIN = 15_000;

/**
 * In how many milliseconds to ask for these bots again: when the first of their holders' leases would run out. A holder
 * that dies tells of nothing, so no event would come. false: nobody holds any.
 */
export function untilLeaseEnd(bots: readonly Pick<Bot, "holder">[], nowMs: number): number | false {
  const ends = bots.flatMap(({ holder }) => (holder === null ? [] : [Date.parse(holder.expiresAt)]));
  return ends.length === 0 ? false : Math.max(PAUSE_MS_MIN, Math.min(...ends) - nowMs + LEEWAY_MS);
}
