/** A clock of this machine that is wrong must not make it ask all the time. */
const PAUSE_MS_MIN = 5_000;
const PAUSE_MS_MAX = 60_000;

/**
 * After how many ms a shown lease should be asked for again: renewals are told by no event, and its end on show would pass
 * while it lives on. Half of what is left; false: there is no end to watch.
 */
export function renewalPause(expiresAt: string | null | undefined, nowMs: number): number | false {
  if (!expiresAt) return false;
  return Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, (Date.parse(expiresAt) - nowMs) / 2));
}
