import type { Client } from "@libsql/client";
import { AnswerTimeout, CannotOpen, ConnectionClosed, readDriverFailure } from "./driver-failure.ts";
import { DatabaseError } from "./errors.ts";

/** How a connection is made good: what to run on a fresh one, and how long one answer may take. */
export interface ConnectionSetup {
  /** Called once, at the first use, so that a refusal to open arrives where failures are expected. */
  open(): Client;
  /** Configures a fresh connection and checks the result; also the proof that the database answers. */
  prepare(client: Client): Promise<void>;
  /** Longest wait for one answer of a server, in milliseconds; null for a local file, which answers synchronously. */
  answerMs: number | null;
}

/**
 * One libSQL client that is never used again after a failure that may have left something behind.
 *
 * After SQLITE_BUSY, @libsql/client leaves the statement unfinished on its connection: later writes there report
 * success and are undone when the connection closes (tursodatabase/libsql-client-ts issue 352, libsql-js pulls 237
 * and 238). So every such failure, and every lost connection, has the client reconnected and prepared before its next
 * use. The client must hold one connection at a time (`concurrency: 1` for files), or preparing would not reach all.
 */
export class Connection {
  readonly #setup: ConnectionSetup;
  #client: Client | null = null;
  #ready: Promise<Client> | null = null;
  #isClosed = false;

  constructor(setup: ConnectionSetup) {
    this.#setup = setup;
  }

  /** Runs one operation on a sound connection. @throws ConnectionClosed, or what the driver throws, untranslated */
  async use<T>(operation: (client: Client) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ConnectionClosed();
    this.#ready ??= this.#renew();
    const ready = this.#ready;
    try {
      const client = await ready;
      return await this.answer(operation(client));
    } catch (err) {
      this.#distrustAfter(err, ready);
      throw err;
    }
  }

  /** Waits for an answer, for as long as this kind of connection may take. @throws AnswerTimeout */
  async answer<T>(pending: Promise<T>): Promise<T> {
    if (this.#setup.answerMs === null) return await pending;
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new AnswerTimeout()), this.#setup.answerMs);
    try {
      return await Promise.race([pending, expired]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Has the connection replaced before its next use. */
  distrust(): void {
    this.#ready = null;
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.close();
  }

  async #renew(): Promise<Client> {
    try {
      if (this.#client === null) this.#client = this.#setup.open();
      else await this.#client.reconnect();
      await this.answer(this.#setup.prepare(this.#client));
      return this.#client;
    } catch (err) {
      // libSQL answers a file it cannot open with a plain Error that repeats the path
      if (readDriverFailure(err) === null && !(err instanceof DatabaseError)) throw new CannotOpen();
      throw err;
    }
  }

  /** A failure on a connection that was already replaced says nothing about the present one. */
  #distrustAfter(err: unknown, used: Promise<Client>): void {
    const kind = readDriverFailure(err)?.kind;
    const isHarmless = kind === "constraint" || kind === "refused";
    if (!isHarmless && this.#ready === used) this.distrust();
  }
}
