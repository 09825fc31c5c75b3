import { connect, type DatabaseAddress } from "./client/connect.ts";
import { createDatabase } from "./client/create-database.ts";
import type { Database } from "./types.ts";

export type { DatabaseAddress };

/**
 * Opens a database and proves that it answers with the settings the product relies on. Migrates nothing.
 *
 * A local file must be opened once per process: the write queue is per opened database, and the driver is synchronous.
 *
 * Embedded replicas (a file kept in step with a server) are not offered: @libsql/client 0.18.0 talks to the server
 * synchronously there, so a slow server would block the event loop (3 s without a turn, measured).
 * @throws DatabaseBusyError, DatabaseUnavailableError when the database does not answer within 5 s
 * @throws QueryFailedError when foreign keys are not enforced, or a file cannot have WAL and full synchronous
 */
export async function openDatabase(address: DatabaseAddress): Promise<Database> {
  const database = createDatabase({ reading: connect(address, "read"), writing: connect(address, "write") });
  try {
    await database.ping();
  } catch (err) {
    await database.close();
    throw err;
  }
  return database;
}
