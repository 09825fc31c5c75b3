import type { InStatement, ResultSet } from "@libsql/client";
import { isQuery } from "./is-query.ts";
import type { StatementRunner } from "./statement-runner.ts";

/** Sends each statement to the reader or to the write queue, for libraries that know only one database object. */
export class AutocommitRunner implements StatementRunner {
  readonly #reader: StatementRunner;
  readonly #writer: StatementRunner;

  constructor(reader: StatementRunner, writer: StatementRunner) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async execute(statement: InStatement): Promise<ResultSet> {
    return await (isQuery(statement) ? this.#reader : this.#writer).execute(statement);
  }

  async batch(statements: InStatement[]): Promise<ResultSet[]> {
    return await (statements.every(isQuery) ? this.#reader : this.#writer).batch(statements);
  }

  async transaction<T>(work: (inner: StatementRunner) => Promise<T>): Promise<T> {
    return await this.#writer.transaction(work);
  }
}
