import type { Clock } from "@switchboard/core/ports/clock";
import { type QuotaState, secondsUntil } from "@switchboard/core/services/limits/take-point";

/** Bounds the memory; addresses beyond it share one count until the window ends. */
const ADDRESSES_MAX = 10_000;
const EVERYBODY_ELSE = "everybody else";

/** Takes one point of the quota of an address; `remaining` is below zero when there was none left. */
export type TakeLocalPoint = (clock: Clock, address: string, limit: number) => QuotaState;

/**
 * A quota of this process alone, in memory, for answers that must come without a database: `limit` points per address in
 * a fixed window of `windowSeconds`, which is the same for all addresses and begins with the first point of any.
 */
export function createLocalQuota(windowSeconds: number): TakeLocalPoint {
  const windowMs = windowSeconds * 1_000;
  const points = new Map<string, number>();
  let endMs = 0;
  return (clock, address, limit) => {
    const nowMs = clock.nowMs();
    // The second part is for a clock that was set back.
    if (nowMs >= endMs || endMs - nowMs > windowMs) {
      points.clear();
      endMs = nowMs + windowMs;
    }
    const key = points.has(address) || points.size < ADDRESSES_MAX ? address : EVERYBODY_ELSE;
    const taken = (points.get(key) ?? 0) + 1;
    points.set(key, taken);
    return { limit, remaining: limit - taken, resetSeconds: secondsUntil(endMs, nowMs) };
  };
}
