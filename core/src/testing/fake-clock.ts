import type { Clock } from "../ports/clock.ts";

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Moves to an instant, also backwards. */
  setMs(atMs: number): void;
  advanceMs(ms: number): void;
}

/** 2025-03-10 12:00 UTC, a Monday far from midnight and from every change of clocks. */
export const testStartMs = Date.UTC(2025, 2, 10, 12);

/** A fake clock at {@link testStartMs} unless told otherwise. */
export function createFakeClock(startMs: number = testStartMs): FakeClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    setMs: (atMs) => {
      nowMs = atMs;
    },
    advanceMs: (ms) => {
      nowMs += ms;
    },
  };
}
