import { AsyncLocalStorage } from "node:async_hooks";
import { E_TIMEOUT, Mutex, withTimeout } from "async-mutex";
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
  readonly #mutex = withTimeout(new Mutex(), CALL_WAIT_MS);
  readonly #current = new AsyncLocalStorage<{ isOpen: boolean }>();
  readonly #timer: Timer;

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  /**
   * Waits for its turn, then runs the write with the moment (on the timer) after which it may not try again.
   * @throws NestedWriteError at once, from inside another write of this queue
   * @throws DatabaseBusyError when its turn has not come within CALL_WAIT_MS; the write was not started
   */
  async enter<T>(write: (deadlineMs: number) => Promise<T>): Promise<T> {
    if (this.#current.getStore()?.isOpen) throw new NestedWriteError();
    const deadlineMs = this.#timer.nowMs() + CALL_WAIT_MS;
    const leave = await this.#takeTurn();
    const turn = { isOpen: true };
    try {
      return await this.#current.run(turn, () => write(deadlineMs));
    } finally {
      // work that a write left running in the background may write later, on its own
      turn.isOpen = false;
      leave();
    }
  }

  /**
   * Resolves when every write asked for before now has ended.
   * @throws DatabaseBusyError when they have not within CALL_WAIT_MS
   */
  async drain(): Promise<void> {
    const leave = await this.#takeTurn();
    leave();
  }

  async #takeTurn(): Promise<() => void> {
    try {
      return await this.#mutex.acquire();
    } catch (err) {
      throw err === E_TIMEOUT ? new DatabaseBusyError() : err;
    }
  }
}
