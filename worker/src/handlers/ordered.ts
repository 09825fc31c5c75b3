/** Runs work in order per key, and different keys side by side. */
export class Ordered {
  readonly #tails = new Map<string, Promise<void>>();

  /** Queues work behind what the key already waits for. The work must not reject. */
  run(key: string, work: () => Promise<void>): void {
    const tail = (this.#tails.get(key) ?? Promise.resolve()).then(work).finally(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
  }

  /** Resolves when nothing that was queued by now is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
