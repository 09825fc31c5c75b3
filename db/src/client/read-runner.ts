import type { Client, InStatement, ResultSet } from "@libsql/client";
import { type Attempt, retryUntil, type Timer } from "../retry.ts";
import type { Connection } from "./connection.ts";
import { readDriverFailure } from "./driver-failure.ts";
import { QueryFailedError } from "./errors.ts";
import { isQuery } from "./is-query.ts";
import { CALL_WAIT_MS } from "./limits.ts";
import type { StatementRunner } from "./statement-runner.ts";

/** Runs queries, and nothing else, on a connection of its own; repeats them while the database is busy or away. */
export class ReadRunner implements StatementRunner {
  readonly #connection: Connection;
  readonly #timer: Timer;

  constructor(connection: Connection, timer: Timer) {
    this.#connection = connection;
    this.#timer = timer;
  }

  async execute(statement: InStatement): Promise<ResultSet> {
    return await this.#read([statement], (client) => client.execute(statement));
  }

  async batch(statements: InStatement[]): Promise<ResultSet[]> {
    return await this.#read(statements, (client) => client.batch(statements, "read"));
  }

  transaction<T>(): Promise<T> {
    return Promise.reject(notAQuery());
  }

  async #read<T>(statements: InStatement[], operation: (client: Client) => Promise<T>): Promise<T> {
    if (!statements.every(isQuery)) throw notAQuery();
    const deadlineMs = this.#timer.nowMs() + CALL_WAIT_MS;
    return await retryUntil(deadlineMs, this.#timer, () => this.#attempt(operation));
  }

  async #attempt<T>(operation: (client: Client) => Promise<T>): Promise<Attempt<T>> {
    try {
      return { kind: "done", value: await this.#connection.use(operation) };
    } catch (err) {
      const failure = readDriverFailure(err);
      if (failure === null) throw err;
      const isRetryable = failure.kind === "busy" || failure.kind === "lost";
      return { kind: "failed", error: failure.toError("not_applied"), isRetryable };
    }
  }
}

function notAQuery(): QueryFailedError {
  return new QueryFailedError("NOT_A_QUERY", "the reader only reads");
}
