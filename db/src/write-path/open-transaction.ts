import type { InStatement, ResultSet, Transaction } from "@libsql/client";
import type { Connection } from "../client/connection.ts";
import { type DriverFailure, readDriverFailure } from "../client/driver-failure.ts";
import type { StatementRunner } from "../client/statement-runner.ts";

/** One BEGIN IMMEDIATE transaction that remembers whether it may still be committed. */
export class OpenTransaction implements StatementRunner {
  readonly #connection: Connection;
  readonly #transaction: Transaction;
  #failure: DriverFailure | null = null;

  private constructor(connection: Connection, transaction: Transaction) {
    this.#connection = connection;
    this.#transaction = transaction;
  }

  /** @throws the driver's error, untranslated */
  static async begin(connection: Connection): Promise<OpenTransaction> {
    return new OpenTransaction(connection, await connection.begin());
  }

  /** The failure after which a commit would be a lie, even if the caller's code swallowed its error; else null. */
  get failure(): DriverFailure | null {
    return this.#failure;
  }

  async execute(statement: InStatement): Promise<ResultSet> {
    return await this.#run(() => this.#transaction.execute(statement));
  }

  async batch(statements: InStatement[]): Promise<ResultSet[]> {
    return await this.#run(() => this.#transaction.batch(statements));
  }

  /** Savepoints are made by drizzle through execute; a second BEGIN is impossible. */
  transaction<T>(): Promise<T> {
    return Promise.reject(new Error("A transaction cannot be begun inside a transaction"));
  }

  /** @throws the driver's error, untranslated; then the transaction may or may not be committed */
  async commit(): Promise<void> {
    try {
      await this.#connection.answer(this.#transaction.commit());
    } catch (err) {
      this.#connection.distrust();
      throw err;
    }
  }

  /** Never throws: a connection that cannot roll back is dropped, which rolls back. */
  async rollback(): Promise<void> {
    if (this.#failure !== null) this.#connection.distrust();
    try {
      await this.#connection.answer(this.#transaction.rollback());
    } catch {
      this.#connection.distrust();
    } finally {
      this.#transaction.close();
    }
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await this.#connection.answer(operation());
    } catch (err) {
      const failure = readDriverFailure(err);
      if (failure === null) throw err;
      if (failure.kind !== "constraint" && failure.kind !== "refused") this.#failure ??= failure;
      throw failure.toError("not_applied");
    }
  }
}
