import { backOffDelayMs } from "@switchboard/core/domain/back-off";

/** The first wait after a failure and the longest one, in milliseconds; half of each is random. */
export interface BackOffLimits {
  readonly baseDelayMs: number;
  readonly delayMsMax: number;
}

/** Counts failures in a row and says when the next try is due, on the monotonic clock. */
export class BackOff {
  readonly #limits: BackOffLimits;
  readonly #random: () => number;
  #failures = 0;
  #nextTryAtMs = 0;

  constructor(limits: BackOffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Failures in a row so far. */
  get failures(): number {
    return this.#failures;
  }

  /** Monotonic time before which nothing is tried. */
  get nextTryAtMs(): number {
    return this.#nextTryAtMs;
  }

  /** Waits longer after each failure in a row; `isFirst` begins a new row. */
  fail(isFirst = false): void {
    this.#failures = isFirst ? 1 : this.#failures + 1;
    this.#nextTryAtMs = performance.now() + backOffDelayMs(this.#limits, this.#failures, this.#random());
  }

  /** It worked: the next failure is the first. */
  succeed(): void {
    this.#failures = 0;
  }

  /** Somebody asked for a try now. */
  skipWait(): void {
    this.#nextTryAtMs = 0;
  }
}
