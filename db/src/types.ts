import type { ResultSet } from "@libsql/client";
import type { ExtractTablesWithRelations } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import type { BaseSQLiteDatabase, SQLiteTransaction } from "drizzle-orm/sqlite-core";
import type { WithSubquery } from "drizzle-orm/subquery";
import type * as schema from "./schema/index.ts";

/** Every table of the product. */
export type Schema = typeof schema;

/** The whole drizzle surface; the narrower types below say which part of it a caller may use. */
export type Statements = BaseSQLiteDatabase<"async", ResultSet, Schema>;

/** Queries only. Code that accepts a Reader also accepts a {@link Transaction}, and then sees its uncommitted rows. */
export type Reader = Pick<
  Statements,
  "select" | "selectDistinct" | "query" | "$with" | "$count" | "all" | "get" | "values"
> & {
  with(...queries: WithSubquery[]): Pick<ReturnType<Statements["with"]>, "select" | "selectDistinct">;
};

/** One open write transaction. `tx.transaction()` is a savepoint inside it. */
export type Transaction = SQLiteTransaction<"async", ResultSet, Schema, ExtractTablesWithRelations<Schema>>;

/** What a batch is made of: drizzle statements that were built and not yet awaited, at least one. */
export type Batch = readonly [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]];

/**
 * One database as the rest of the product sees it: a local file, or a libSQL server.
 *
 * Every member rejects only with the classes of `@switchboard/db/errors`, or with what the caller's own code threw.
 * No error carries SQL, bound values or the address of the database.
 */
export interface Database {
  /**
   * For reads only. A local file refuses a write here; a server refuses what does not begin as a query.
   *
   * Safe to retry, therefore retried by itself for up to 5 s while the database is busy or a server is away.
   * @throws DatabaseBusyError, DatabaseUnavailableError, QueryFailedError
   */
  readonly reader: Reader;

  /**
   * For libraries that want a plain drizzle database: each statement is one atomic write (or read) of its own, in the
   * same queue as {@link write}. Two statements here are not atomic together; `transaction()` here is {@link write}.
   * @throws as {@link write}
   */
  readonly autocommit: Statements;

  /**
   * Runs work in one write transaction (BEGIN IMMEDIATE), alone in this process; its result is returned only after the
   * commit is durable. When work throws, everything is rolled back and the same error is thrown.
   *
   * Work may run more than once (busy, or a lost connection before the commit), so it must have no outside effects.
   * A caller waits at most 5 s for its turn and for other processes together.
   * Inside work, `reader` still answers, from before the transaction.
   * @throws NestedWriteError at once, when called inside the work of another write of this database
   * @throws DatabaseBusyError nothing was written
   * @throws DatabaseUnavailableError see its `outcome`: `unknown` means the commit was sent and not answered
   * @throws ConstraintError nothing was written, unless work caught it and went on
   * @throws QueryFailedError nothing was written
   */
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /**
   * Several statements, one atomic write, one round trip on a server; the results in the order of the statements.
   * `build` may run more than once.
   * @throws as {@link write}
   */
  writeBatch<const TBatch extends Batch>(build: (statements: Statements) => TBatch): Promise<BatchResponse<TBatch>>;

  /**
   * Several reads of one snapshot, one round trip on a server; the results in the order of the reads.
   * @throws as {@link reader}
   */
  readBatch<const TBatch extends Batch>(build: (reader: Reader) => TBatch): Promise<BatchResponse<TBatch>>;

  /**
   * Answers when a read does.
   * @throws as {@link reader}
   */
  ping(): Promise<void>;

  /**
   * Waits for the writes that were already asked for, for at most 5 s, then closes. Later calls fail as unavailable.
   * Safe to repeat; never throws.
   */
  close(): Promise<void>;
}
