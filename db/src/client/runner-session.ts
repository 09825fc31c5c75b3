import type { Client, ResultSet } from "@libsql/client";
import {
  createTableRelationsHelpers,
  type ExtractTablesWithRelations,
  extractTablesRelationalConfig,
  NoopLogger,
} from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import { NoopCache } from "drizzle-orm/cache/core/cache";
import { LibSQLPreparedQuery, LibSQLSession, LibSQLTransaction } from "drizzle-orm/libsql/session";
import { BaseSQLiteDatabase, type PreparedQueryConfig, SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import * as schema from "../schema/index.ts";
import type { Batch, Schema, Statements, Transaction } from "../types.ts";
import type { StatementRunner } from "./statement-runner.ts";

type Tables = ExtractTablesWithRelations<Schema>;

/** A drizzle database on a runner. `batch` is what drizzle's common surface lacks. */
export interface RunnerDatabase {
  readonly statements: Statements;
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  batch<TBatch extends Batch>(batch: TBatch): Promise<BatchResponse<TBatch>>;
}

/**
 * Builds drizzle on a runner instead of on a libSQL client, for two reasons: the runner owns the transaction, and an
 * error of the runner arrives as it is. Drizzle's own session puts every bound value into the message of its errors.
 */
export function createRunnerDatabase(runner: StatementRunner): RunnerDatabase {
  const session = new RunnerSession(runner);
  return {
    statements: new BaseSQLiteDatabase("async", dialect, session, schemaConfig),
    transaction: (work) => session.transaction(work),
    batch: async (batch) => asResultsOf(batch, await session.batch(batch)),
  };
}

const dialect = new SQLiteAsyncDialect();

const extracted = extractTablesRelationalConfig<Tables>(schema, createTableRelationsHelpers);

const schemaConfig = { fullSchema: schema, schema: extracted.tables, tableNamesMap: extracted.tableNamesMap };

class RunnerSession extends LibSQLSession<Schema, Tables> {
  readonly #runner: StatementRunner;

  constructor(runner: StatementRunner) {
    super(asClient(runner), dialect, schemaConfig, {}, undefined);
    this.#runner = runner;
  }

  override prepareQuery<T extends Omit<PreparedQueryConfig, "run">>(
    ...[query, fields, method, isArrayMode, mapper, metadata, cache]: Parameters<
      LibSQLSession<Schema, Tables>["prepareQuery"]
    >
  ) {
    const client = asClient(this.#runner);
    return new RunnerQuery<T>(
      client,
      query,
      new NoopLogger(),
      new NoopCache(),
      metadata,
      cache,
      fields,
      undefined,
      method,
      isArrayMode,
      mapper,
    );
  }

  override transaction<T>(work: (tx: LibSQLTransaction<Schema, Tables>) => T | Promise<T>): Promise<T> {
    return this.#runner.transaction(async (inner) =>
      work(new LibSQLTransaction("async", dialect, new RunnerSession(inner), schemaConfig)),
    );
  }
}

class RunnerQuery<T extends Omit<PreparedQueryConfig, "run">> extends LibSQLPreparedQuery<T & { run: ResultSet }> {
  /** Drizzle calls this around every statement; the inherited one wraps errors together with the bound values. */
  protected async queryWithCache<R>(_sql: string, _values: unknown[], query: () => Promise<R>): Promise<R> {
    return await query();
  }
}

/** Drizzle's libSQL session calls `execute` and `batch` of its client and, since it is overridden, no `transaction`. */
function asClient(runner: StatementRunner): Client {
  return runner as unknown as Client;
}

/** Drizzle maps the results one for one but types them as unknown[]. */
function asResultsOf<TBatch extends readonly BatchItem<"sqlite">[]>(_batch: TBatch, results: unknown[]) {
  return results as BatchResponse<TBatch>;
}
