import { sql } from "drizzle-orm";
import { AutocommitRunner } from "./client/autocommit-runner.ts";
import { connect, type DatabaseAddress } from "./client/connect.ts";
import type { Connection } from "./client/connection.ts";
import { ReadRunner } from "./client/read-runner.ts";
import { createRunnerDatabase } from "./client/runner-session.ts";
import { systemTimer } from "./retry.ts";
import type { Database } from "./types.ts";
import { WriteQueue } from "./write-path/write-queue.ts";
import { WriteRunner } from "./write-path/write-runner.ts";

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
  const connections = { reading: connect(address, "read"), writing: connect(address, "write") };
  const database = createDatabase(connections);
  try {
    await database.ping();
  } catch (err) {
    await database.close();
    throw err;
  }
  return database;
}

function createDatabase({ reading, writing }: { reading: Connection; writing: Connection }): Database {
  const queue = new WriteQueue(systemTimer);
  const readRunner = new ReadRunner(reading, systemTimer);
  const writeRunner = new WriteRunner(writing, queue, systemTimer);
  const reader = createRunnerDatabase(readRunner);
  const writer = createRunnerDatabase(writeRunner);
  return {
    reader: reader.statements,
    autocommit: createRunnerDatabase(new AutocommitRunner(readRunner, writeRunner)).statements,
    write: (work) => writer.transaction(work),
    writeBatch: async (build) => writer.batch(build(writer.statements)),
    readBatch: async (build) => reader.batch(build(reader.statements)),
    ping: async () => {
      await reader.statements.get(sql`SELECT 1`);
    },
    close: async () => {
      // a write that does not end is cut off, and thereby rolled back
      await queue.drain().catch(() => undefined);
      await reading.close();
      await writing.close();
    },
  };
}
