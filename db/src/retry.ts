import { setTimeout as delay } from "node:timers/promises";

/** A stopwatch and a pause, so that tests need no real time. */
export interface Timer {
  /** Monotonic milliseconds; only differences mean something. */
  nowMs(): number;
  pause(ms: number): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The real clock of this process. */
export const systemTimer: Timer = {
  nowMs: () => performance.now(),
  pause: async (ms) => {
    await delay(ms);
  },
  random: Math.random,
};

/** How one attempt ended: with a value, or with an error that another attempt may or may not cure. */
export type Attempt<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown; readonly isRetryable: boolean };

const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 50;

/**
 * Repeats an attempt until it is done, fails for good, or `deadlineMs` (on the timer) has passed; then throws the
 * last error. The first attempt is always made. Pauses double from 4 ms to 50 ms, each shortened at random by up to
 * half so that two processes do not stay in step.
 */
export async function retryUntil<T>(deadlineMs: number, timer: Timer, attempt: () => Promise<Attempt<T>>): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const result = await attempt();
    if (result.kind === "done") return result.value;
    const remainingMs = deadlineMs - timer.nowMs();
    if (!result.isRetryable || remainingMs <= 0) throw result.error;
    await timer.pause(Math.min(pauseMs * (1 - timer.random() / 2), remainingMs));
  }
}
