import { sql } from "drizzle-orm";
import { systemTimer } from "../retry.ts";
import type { Database } from "../types.ts";
import { WriteQueue } from "../write-path/write-queue.ts";
import { WriteRunner } from "../write-path/write-runner.ts";
import { AutocommitRunner } from "./autocommit-runner.ts";
import type { Connection } from "./connection.ts";
import { ReadRunner } from "./read-runner.ts";
import { createRunnerDatabase } from "./runner-session.ts";

/** Makes a database of two connections, whatever stands behind them. Nothing is asked of them yet. */
export function createDatabase({ reading, writing }: { reading: Connection; writing: Connection }): Database {
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
