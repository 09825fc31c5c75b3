import { setImmediate } from "node:timers/promises";

/** Longest time, in milliseconds, that finished calls of a synchronous driver may follow each other without a pause. */
const SHARE_MS = 10;

/**
 * Lets timers and sockets have their turn. A synchronous driver answers before its promise is awaited, so a caller that
 * makes one call after the other would never give the event loop back: thousands of small writes would block it for
 * seconds.
 */
export class EventLoopShare {
  #since = performance.now();

  /** To be awaited after each call; pauses for one turn of the event loop once SHARE_MS have passed since the last. */
  async give(): Promise<void> {
    if (performance.now() - this.#since < SHARE_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
