import type { InStatement, ResultSet } from "@libsql/client";
import type { Connection } from "../client/connection.ts";
import type { StatementRunner } from "../client/statement-runner.ts";
import { type Attempt, retryUntil, type Timer } from "../retry.ts";
import { attemptBatch, attemptTransaction } from "./attempts.ts";
import type { WriteQueue } from "./write-queue.ts";

/** The only way to write: through the queue, begun as a write, repeated while it is certain that nothing was applied. */
export class WriteRunner implements StatementRunner {
  readonly #connection: Connection;
  readonly #queue: WriteQueue;
  readonly #timer: Timer;

  constructor(connection: Connection, queue: WriteQueue, timer: Timer) {
    this.#connection = connection;
    this.#queue = queue;
    this.#timer = timer;
  }

  async execute(statement: InStatement): Promise<ResultSet> {
    const [result] = await this.batch([statement]);
    if (result === undefined) throw new Error("A batch of one statement gave no result");
    return result;
  }

  async batch(statements: InStatement[]): Promise<ResultSet[]> {
    return await this.#inTurn(() => attemptBatch(this.#connection, statements));
  }

  async transaction<T>(work: (inner: StatementRunner) => Promise<T>): Promise<T> {
    return await this.#inTurn(() => attemptTransaction(this.#connection, work));
  }

  async #inTurn<T>(attempt: () => Promise<Attempt<T>>): Promise<T> {
    return await this.#queue.enter((deadlineMs) => retryUntil(deadlineMs, this.#timer, attempt));
  }
}
