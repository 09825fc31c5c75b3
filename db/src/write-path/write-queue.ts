import { AsyncLocalStorage } from "node:async_hooks";
import { Mutex } from "async-mutex";
import { DatabaseBusyError, NestedWriteError } from "../client/errors.ts";
import { CALL_WAIT_MS } from "../client/limits.ts";
import type { Timer } from "../retry.ts";

/**
 * Lets the writes of one process through one at a time, in the order they were asked for.
 *
 * Without it a second write would block the event loop for the whole lock wait and then fail, because the transaction
 * that holds the lock cannot go on in a blocked process.
 */
export class WriteQueue {
  readonly #mutex = new Mutex();
  readonly #current = new AsyncLocalStorage<{ isOpen: boolean }>();
  readonly #timer: Timer;

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  /**
   * Waits for its turn, then runs the write with the moment (on the timer) after which it may not try again.
   * @throws NestedWriteError at once, from inside another write of this queue
   * @throws DatabaseBusyError when the turn came only after CALL_WAIT_MS; the write was not started
   */
  async enter<T>(write: (deadlineMs: number) => Promise<T>): Promise<T> {
    if (this.#current.getStore()?.isOpen) throw new NestedWriteError();
    const deadlineMs = this.#timer.nowMs() + CALL_WAIT_MS;
    return await this.#mutex.runExclusive(async () => {
      if (this.#timer.nowMs() > deadlineMs) throw new DatabaseBusyError();
      const turn = { isOpen: true };
      try {
        return await this.#current.run(turn, () => write(deadlineMs));
      } finally {
        // work that a write left running in the background may write later, on its own
        turn.isOpen = false;
      }
    });
  }

  /** Resolves when every write asked for before now has ended. */
  async drain(): Promise<void> {
    await this.#mutex.runExclusive(() => undefined);
  }
}
