/** A capped exponential delay. */
export interface BackOff {
  /** Delay before the second attempt, at most. */
  readonly baseDelayMs: number;
  /** No delay is longer. */
  readonly delayMsMax: number;
}

/**
 * The wait before trying again after `failures` failures in a row (1 after the first). Doubles with each up to the cap,
 * then a random half is taken off, so that many clients which failed together do not come back together.
 * `jitter` is a random number from 0 up to 1. Answers 0 before any failure.
 */
export function backOffDelayMs({ baseDelayMs, delayMsMax }: BackOff, failures: number, jitter: number): number {
  if (failures < 1) return 0;
  const ceilingMs = Math.min(delayMsMax, baseDelayMs * 2 ** Math.min(failures - 1, 52));
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * jitter);
}
