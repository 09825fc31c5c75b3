import { fileURLToPath } from "node:url";
import type { Client, InStatement } from "@libsql/client";
import { connect } from "./client/connect.ts";
import type { Connection } from "./client/connection.ts";
import { readDriverFailure } from "./client/driver-failure.ts";
import { ConstraintError, MigrationRefusedError } from "./client/errors.ts";
import { CALL_WAIT_MS } from "./client/limits.ts";
import { type Migration, readMigrations } from "./client/read-migrations.ts";
import { type Attempt, retryUntil, systemTimer } from "./retry.ts";

/** Where a migration takes its files from, for tests and bundles; default: the product's own migrations. */
export interface MigrateOptions {
  folder?: string;
}

/**
 * Brings a database to the schema of this version: all missing migrations in one transaction, or none of them. Creates
 * the file when there is none. Safe to repeat, and safe when several processes do it at once: one applies, the others
 * wait for up to 60 s and find nothing left to do. A server that is away is awaited for 5 s. Prints nothing.
 *
 * Foreign keys are not enforced while tables are rebuilt; they are checked before the commit.
 * @returns the names of the migrations applied by this call, oldest first
 * @throws MigrationRefusedError when the database is newer than this version or was migrated with other files
 * @throws DatabaseBusyError, DatabaseUnavailableError, ConstraintError, QueryFailedError; then nothing was changed
 */
export async function migrateDatabase(
  url: string,
  authToken?: string,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const migrations = await readMigrations(options.folder ?? OWN_MIGRATIONS);
  const connection = connect({ url, authToken }, "write");
  try {
    const startedMs = systemTimer.nowMs();
    const isServerAwaited = () => systemTimer.nowMs() < startedMs + CALL_WAIT_MS;
    return await retryUntil(startedMs + MIGRATION_WAIT_MS, systemTimer, () =>
      attemptMigration(connection, migrations, isServerAwaited),
    );
  } finally {
    await connection.close();
  }
}

/**
 * The names of the migrations that a database lacks, oldest first. Changes nothing.
 * @throws MigrationRefusedError when the database is newer than this version or was migrated with other files; the
 *   driver's error
 */
export async function findMissingMigrations(
  url: string,
  authToken?: string,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const migrations = await readMigrations(options.folder ?? OWN_MIGRATIONS);
  const connection = connect({ url, authToken }, "read");
  try {
    return findMissing(migrations, await connection.use(readApplied)).map(({ name }) => name);
  } finally {
    await connection.close();
  }
}

const OWN_MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));

/** Another process may be rebuilding large tables. */
const MIGRATION_WAIT_MS = 60_000;

async function attemptMigration(
  connection: Connection,
  migrations: readonly Migration[],
  isServerAwaited: () => boolean,
): Promise<Attempt<readonly string[]>> {
  try {
    const applied = await connection.use(readApplied);
    const missing = findMissing(migrations, applied);
    if (missing.length > 0) await connection.use((client) => client.migrate(toStatements(missing, applied.length)));
    return { kind: "done", value: missing.map((migration) => migration.name) };
  } catch (err) {
    const failure = readDriverFailure(err);
    if (failure === null) throw err;
    const error = failure.toError("not_applied");
    // a repeat reads again what is applied, so it is harmless even when the last outcome is unknown;
    // "unique" means that another process was quicker with the same migration
    const isAwaited = failure.kind === "busy" || (failure.kind === "lost" && isServerAwaited());
    const wasOvertaken =
      error instanceof ConstraintError && error.kind === "unique" && error.table === "schema_migrations";
    return { kind: "failed", error, isRetryable: isAwaited || wasOvertaken };
  }
}

interface AppliedMigration {
  readonly name: string;
  readonly hash: string;
}

async function readApplied(client: Client): Promise<readonly AppliedMigration[]> {
  const table = await client.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'");
  if (table.rows.length === 0) return [];
  const { rows } = await client.execute("SELECT name, hash FROM schema_migrations ORDER BY position");
  return rows.map((row) => ({ name: String(row.name), hash: String(row.hash) }));
}

function findMissing(known: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  for (const [index, { name, hash }] of applied.entries()) {
    const migration = known[index];
    if (migration === undefined) throw new MigrationRefusedError("database_is_newer", name);
    if (migration.name !== name || migration.hash !== hash) {
      throw new MigrationRefusedError("migration_was_changed", name);
    }
  }
  return known.slice(applied.length);
}

/** The insert comes before the migration's own statements, so that a process that was overtaken changes nothing. */
function toStatements(missing: readonly Migration[], firstPosition: number): InStatement[] {
  const steps = missing.flatMap(({ name, hash, statements }, index) => [
    { sql: RECORD, args: [firstPosition + index, name, hash, Date.now()] },
    ...statements,
  ]);
  return [CREATE_TABLE, ...steps, CHECK_REFERENCES];
}

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL,
  broken_references INTEGER NOT NULL DEFAULT 0 CONSTRAINT references_hold CHECK (broken_references = 0)
)`;

const RECORD = "INSERT INTO schema_migrations (position, name, hash, applied_at_ms) VALUES (?, ?, ?, ?)";

const CHECK_REFERENCES =
  "UPDATE schema_migrations SET broken_references = (SELECT count(*) FROM pragma_foreign_key_check)";
