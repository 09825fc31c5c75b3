import type { InStatement, ResultSet } from "@libsql/client";
import type { Connection } from "../client/connection.ts";
import { type DriverFailure, readDriverFailure } from "../client/driver-failure.ts";
import type { StatementRunner } from "../client/statement-runner.ts";
import type { Attempt } from "../retry.ts";
import { OpenTransaction } from "./open-transaction.ts";

/** Runs work once, in one transaction. Retryable only while it is certain that nothing was committed. */
export async function attemptTransaction<T>(
  connection: Connection,
  work: (runner: StatementRunner) => Promise<T>,
): Promise<Attempt<T>> {
  let transaction: OpenTransaction;
  try {
    transaction = await OpenTransaction.begin(connection);
  } catch (err) {
    return failedBeforeCommit(err);
  }
  let value: T;
  try {
    value = await work(transaction);
  } catch (err) {
    await transaction.rollback();
    if (transaction.failure === null) throw err;
    return notApplied(transaction.failure);
  }
  return await attemptCommit(transaction, value);
}

/** Runs several statements once, as one write. As one request to a server it is a commit from the start. */
export async function attemptBatch(connection: Connection, statements: InStatement[]): Promise<Attempt<ResultSet[]>> {
  if (!connection.isBatchOneRequest) return await attemptTransaction(connection, (runner) => runner.batch(statements));
  try {
    const value = await connection.use((client) => client.batch(statements, "write"));
    return { kind: "done", value };
  } catch (err) {
    return failedInCommit(err);
  }
}

async function attemptCommit<T>(transaction: OpenTransaction, value: T): Promise<Attempt<T>> {
  if (transaction.failure !== null) {
    await transaction.rollback();
    return notApplied(transaction.failure);
  }
  try {
    await transaction.commit();
    return { kind: "done", value };
  } catch (err) {
    return failedInCommit(err);
  }
}

function failedBeforeCommit(err: unknown): Attempt<never> {
  const failure = readDriverFailure(err);
  if (failure === null) throw err;
  return notApplied(failure);
}

function failedInCommit(err: unknown): Attempt<never> {
  const failure = readDriverFailure(err);
  if (failure === null) throw err;
  if (failure.isCertainlyNotApplied) return notApplied(failure);
  return { kind: "failed", error: failure.toError("unknown"), isRetryable: false };
}

function notApplied(failure: DriverFailure): Attempt<never> {
  const isRetryable = failure.kind === "busy" || failure.kind === "lost";
  return { kind: "failed", error: failure.toError("not_applied"), isRetryable };
}
