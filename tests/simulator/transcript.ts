/** What happened, in order. `device` is the JID of the linked device concerned, null when there is none. */
export interface TranscriptEvent {
  readonly sequence: number;
  readonly atMs: number;
  readonly kind: string;
  readonly device: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Waiter {
  readonly matches: (event: TranscriptEvent) => boolean;
  readonly resolve: (event: TranscriptEvent) => void;
}

/** How long waits last when the caller names no limit. */
export const DEFAULT_WAIT_MS = 60_000;

/** The ordered record of a simulator. Only the newest `capacity` events are kept. */
export class Transcript {
  readonly #events: TranscriptEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(event: TranscriptEvent) => void>();
  readonly #capacity: number;
  #sequence = 0;

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  /** The kept events, oldest first. */
  get events(): readonly TranscriptEvent[] {
    return this.#events;
  }

  /** Sequence number of the newest event; pass it to {@link waitFor} to ignore what already happened. */
  get position(): number {
    return this.#sequence;
  }

  /** Adds an event, tells those who follow, and wakes those who wait for it. */
  add(kind: string, device: string | null = null, detail: Readonly<Record<string, unknown>> = {}): void {
    const event = { sequence: ++this.#sequence, atMs: Date.now(), kind, device, detail };
    this.#events.push(event);
    if (this.#events.length > this.#capacity * 1.25) this.#events.splice(0, this.#events.length - this.#capacity);
    for (const listener of [...this.#listeners]) listener(event);
    for (const waiter of [...this.#waiters]) {
      if (!waiter.matches(event)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(event);
    }
  }

  /** Calls the listener with every event from now on, in order, until the returned function is called. */
  follow(listener: (event: TranscriptEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Resolves with the first matching event after `afterSequence`, past or future.
   * @throws after `timeoutMs` without one
   */
  waitFor(
    matches: (event: TranscriptEvent) => boolean,
    timeoutMs: number = DEFAULT_WAIT_MS,
    afterSequence = 0,
  ): Promise<TranscriptEvent> {
    const isWanted = (event: TranscriptEvent) => event.sequence > afterSequence && matches(event);
    const past = this.#events.find(isWanted);
    if (past !== undefined) return Promise.resolve(past);
    const { promise, resolve, reject } = Promise.withResolvers<TranscriptEvent>();
    const waiter: Waiter = { matches: isWanted, resolve };
    const timer = setTimeout(() => {
      this.#waiters.delete(waiter);
      reject(new Error(`nothing matched within ${timeoutMs} ms; last events: ${this.#tail()}`));
    }, timeoutMs);
    this.#waiters.add(waiter);
    return promise.finally(() => clearTimeout(timer));
  }

  #tail(): string {
    return this.#events
      .slice(-12)
      .map(({ kind, detail }) => `${kind} ${JSON.stringify(detail)}`)
      .join(" | ");
  }
}
