/** Every code a {@link DatabaseError} can carry; stable, for logs and metrics. */
export type DatabaseErrorCode =
  | "database_busy"
  | "database_unavailable"
  | "database_constraint"
  | "database_nested_write"
  | "database_query_failed"
  | "database_migration_refused";

/**
 * What went wrong in the database, without SQL, bound values or addresses. Detect a cause with `instanceof` or `code`.
 * There is deliberately no `cause`: the driver's errors repeat statements and addresses.
 */
export abstract class DatabaseError extends Error {
  abstract readonly code: DatabaseErrorCode;
}

/** The write lock could not be had in time. Nothing was written; the call may be repeated. */
export class DatabaseBusyError extends DatabaseError {
  override readonly name = "DatabaseBusyError";
  readonly code = "database_busy";

  constructor() {
    super("The database stayed busy for too long; nothing was written");
  }
}

/**
 * `not_applied`: certain that nothing was written, the call may be repeated.
 * `unknown`: the commit was sent and its answer never came, so look before repeating.
 */
export type WriteOutcome = "not_applied" | "unknown";

/** The database cannot be reached, was closed, or cannot store anything (disk full, I/O error). */
export class DatabaseUnavailableError extends DatabaseError {
  override readonly name = "DatabaseUnavailableError";
  readonly code = "database_unavailable";
  /** What is known about the write that failed; a failed read is always `not_applied`. */
  readonly outcome: WriteOutcome;
  /** The driver's code, such as SQLITE_FULL or SERVER_ERROR; "CLOSED" after close(). */
  readonly reason: string;

  constructor(reason: string, outcome: WriteOutcome) {
    const doubt = outcome === "unknown" ? "; the write may have been applied" : "";
    super(`The database is not available (${reason})${doubt}`);
    this.reason = reason;
    this.outcome = outcome;
  }
}

/**
 * Which rule of the schema a write broke. `unique` covers primary keys, which a server does not tell apart; `trigger` is
 * a RAISE(ABORT) of one of our triggers.
 */
export type ConstraintKind = "unique" | "foreign_key" | "not_null" | "check" | "trigger";

/** A write broke a rule of the schema. That statement changed nothing. */
export class ConstraintError extends DatabaseError {
  override readonly name = "ConstraintError";
  readonly code = "database_constraint";
  readonly kind: ConstraintKind;
  /** The table, where SQLite names it (unique, not_null); null otherwise. */
  readonly table: string | null;
  /** Column names without the table, in index order; empty for foreign_key, check and trigger. */
  readonly columns: readonly string[];
  /** The name of a check or of a unique index over expressions, or the fixed message of a trigger; null otherwise. */
  readonly rule: string | null;

  constructor(violation: Pick<ConstraintError, "kind" | "table" | "columns" | "rule">) {
    const place = violation.table === null ? violation.rule : `${violation.table}(${violation.columns.join(", ")})`;
    super(`Constraint violated: ${violation.kind}${place === null ? "" : ` ${place}`}`);
    this.kind = violation.kind;
    this.table = violation.table;
    this.columns = violation.columns;
    this.rule = violation.rule;
  }
}

/** A programming error: write, writeBatch or an autocommit write inside the work of a write. It would wait for itself. */
export class NestedWriteError extends DatabaseError {
  override readonly name = "NestedWriteError";
  readonly code = "database_nested_write";

  constructor() {
    super("A write was started inside another write of the same database; use the transaction that was passed in");
  }
}

/** The database refused a statement: a programming error, a missing migration, or a damaged file. */
export class QueryFailedError extends DatabaseError {
  override readonly name = "QueryFailedError";
  readonly code = "database_query_failed";
  /** The driver's code, such as SQLITE_ERROR, SQLITE_READONLY or SQLITE_CORRUPT. */
  readonly reason: string;

  constructor(reason: string, detail: string | null) {
    super(`The database refused a statement (${reason})${detail === null ? "" : `: ${detail}`}`);
    this.reason = reason;
  }
}

/**
 * `database_is_newer`: a later version of the product has migrated it; only that version or a later one may use it.
 * `migration_was_changed`: a file that was applied before is not the file of this version.
 */
export type MigrationRefusal = "database_is_newer" | "migration_was_changed";

/** The database was migrated by something this version does not know. Nothing was changed. */
export class MigrationRefusedError extends DatabaseError {
  override readonly name = "MigrationRefusedError";
  readonly code = "database_migration_refused";
  readonly reason: MigrationRefusal;
  /** The first applied migration that this version does not have, or has with other contents. */
  readonly migration: string;

  constructor(reason: MigrationRefusal, migration: string) {
    super(
      reason === "database_is_newer"
        ? `The database is newer than this version: it has migration ${migration}, which this version does not know`
        : `Migration ${migration} was applied to the database with other contents than this version has`,
    );
    this.reason = reason;
    this.migration = migration;
  }
}
