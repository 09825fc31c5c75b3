import type { Client, Transaction } from "@libsql/client";
import { AnswerTimeout, CannotOpen, ConnectionClosed, type FailureKind, readDriverFailure } from "./driver-failure.ts";
import { DatabaseError } from "./errors.ts";
import { EventLoopShare } from "./event-loop-share.ts";

/** How a connection is made good: what to run on a fresh one, and how long one answer may take. */
export interface ConnectionSetup {
  /** Called at the first use and for every replacement, so that a refusal to open arrives where failures are expected. */
  open(): Client;
  /** Configures a fresh connection and checks the result; also the proof that the database answers. */
  prepare(client: Client): Promise<void>;
  /** Begins a transaction that already has the write lock; SQLITE_BUSY from here leaves the connection as it was. */
  begin(client: Client): Promise<Transaction>;
  /** Runs before a good connection is closed for the last time; its failure is ignored. */
  settle(client: Client): Promise<unknown>;
  /** True when a batch is one request to a server, whose answer can be lost together with the news of its commit. */
  isBatchOneRequest: boolean;
  /** Longest wait for one answer of a server, in milliseconds; null for a local file, which answers synchronously. */
  answerMs: number | null;
}

/**
 * One libSQL client that is never used again after a failure that may have left something behind: it is replaced by a
 * fresh, prepared one before its next use. A file's client must hold one connection at a time (`concurrency: 1`), or preparing
 * would not reach all of them.
 *
 * Why, for files: after SQLITE_BUSY, @libsql/client leaves the statement unfinished on its connection. Later writes
 * there report success and are undone when the connection closes (tursodatabase/libsql-client-ts issue 352, libsql-js
 * pulls 237 and 238). Replacing it is safe but leaves the old connection open until the garbage collector finds its
 * statements, so the one place where busy is common, the begin of a write, must not need it; see `begin`.
 */
export class Connection {
  readonly #setup: ConnectionSetup;
  readonly #share = new EventLoopShare();
  #client: Client | null = null;
  #ready: Promise<Client> | null = null;
  #isClosed = false;

  constructor(setup: ConnectionSetup) {
    this.#setup = setup;
  }

  /** See {@link ConnectionSetup}. */
  get isBatchOneRequest(): boolean {
    return this.#setup.isBatchOneRequest;
  }

  /** Runs one operation on a sound connection. @throws ConnectionClosed, or what the driver throws, untranslated */
  async use<T>(operation: (client: Client) => Promise<T>): Promise<T> {
    return await this.#use(operation, ["constraint", "refused"]);
  }

  /** Begins a write on a sound connection. @throws as {@link use} */
  async begin(): Promise<Transaction> {
    return await this.#use((client) => this.#setup.begin(client), ["busy", "refused"]);
  }

  /** Waits for an answer, for as long as this kind of connection may take. @throws AnswerTimeout */
  async answer<T>(pending: Promise<T>): Promise<T> {
    if (this.#setup.answerMs === null) {
      const value = await pending;
      await this.#share.give();
      return value;
    }
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

  /** Settles and closes; nothing can be asked afterwards. Never throws. */
  async close(): Promise<void> {
    if (!this.#isClosed && this.#ready !== null) {
      const { settle } = this.#setup;
      await this.use(settle).catch(() => undefined);
    }
    this.#isClosed = true;
    closeQuietly(this.#client);
  }

  async #use<T>(operation: (client: Client) => Promise<T>, harmless: readonly FailureKind[]): Promise<T> {
    if (this.#isClosed) throw new ConnectionClosed();
    this.#ready ??= this.#renew();
    const ready = this.#ready;
    try {
      const client = await ready;
      return await this.answer(operation(client));
    } catch (err) {
      const kind = readDriverFailure(err)?.kind;
      const isSound = kind !== undefined && harmless.includes(kind);
      // a failure on a connection that was already replaced says nothing about the present one
      if (!isSound && this.#ready === ready) this.distrust();
      throw err;
    }
  }

  async #renew(): Promise<Client> {
    try {
      // not reconnect(): over WebSocket it throws what no other call throws, while the server is away
      closeQuietly(this.#client);
      this.#client = this.#setup.open();
      await this.answer(this.#setup.prepare(this.#client));
      return this.#client;
    } catch (err) {
      // libSQL answers a file it cannot open with a plain Error that repeats the path
      if (readDriverFailure(err) === null && !(err instanceof DatabaseError)) throw new CannotOpen();
      throw err;
    }
  }
}

function closeQuietly(client: Client | null): void {
  try {
    client?.close();
  } catch {
    // it is being given up
  }
}
