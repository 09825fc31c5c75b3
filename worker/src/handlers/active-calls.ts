import type { CallEnding } from "@switchboard/core/domain/vocabulary";

/** Call ids remembered per bot, so that the many stanzas of a call do not each ask the database. */
const REMEMBERED_MAX = 1_000;

/** A call id that was screened in this process. */
export interface ActiveCall {
  readonly callId: string;
  /** How it ended; null: it rings, as far as is known here. */
  ended: CallEnding | null;
  /** Resolves at the end of the call. */
  readonly whenEnded: Promise<void>;
  noteEnd(ended: CallEnding): void;
}

/** The calls of one bot that this process has seen, the oldest forgotten first. */
export class ActiveCalls {
  readonly #calls = new Map<string, ActiveCall>();

  get(callId: string): ActiveCall | undefined {
    return this.#calls.get(callId);
  }

  add(callId: string, ended: CallEnding | null): ActiveCall {
    const { promise: whenEnded, resolve } = Promise.withResolvers<void>();
    const call: ActiveCall = {
      callId,
      ended,
      whenEnded,
      noteEnd: (ending) => {
        call.ended = ending;
        resolve();
      },
    };
    if (ended !== null) resolve();
    this.#calls.set(callId, call);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > REMEMBERED_MAX && oldest !== undefined) this.#calls.delete(oldest);
    return call;
  }
}
