import { type Client, createClient, type Transaction } from "@libsql/client";
import { Connection } from "./connection.ts";
import { QueryFailedError } from "./errors.ts";
import { LOCK_WAIT_MS } from "./limits.ts";

/** `read` connections cannot write (PRAGMA query_only); `write` connections are for the write queue alone. */
export type FileAccess = "read" | "write";

/**
 * A connection to a local file. Exactly one SQLite connection stands behind it at any time, so what is set once on a
 * fresh one holds for every statement; libSQL's defaults happen to agree, and are not relied on.
 */
export function createFileConnection(url: string, access: FileAccess): Connection {
  return new Connection({
    open: () => createClient({ url, timeout: LOCK_WAIT_MS, concurrency: 1 }),
    prepare: (fresh) => prepare(fresh, access),
    begin: beginImmediate,
    settle: access === "read" ? async () => undefined : moveLogIntoFile,
    isBatchOneRequest: false,
    answerMs: null,
  });
}

/**
 * BEGIN IMMEDIATE through `executeMultiple`, which finishes its statements even when they fail; `transaction("write")`
 * would leave one unfinished on SQLITE_BUSY. The deferred transaction only borrows the connection: it locks nothing.
 */
async function beginImmediate(client: Client): Promise<Transaction> {
  const transaction = await client.transaction("deferred");
  try {
    await transaction.executeMultiple("COMMIT; BEGIN IMMEDIATE");
    return transaction;
  } catch (err) {
    transaction.close();
    throw err;
  }
}

async function prepare(client: Client, access: FileAccess): Promise<void> {
  await client.execute("PRAGMA foreign_keys = ON");
  await client.execute("PRAGMA synchronous = FULL");
  await client.execute("PRAGMA journal_mode = WAL");
  await client.execute(`PRAGMA query_only = ${access === "read" ? "ON" : "OFF"}`);
  const { rows } = await client.execute(SETTINGS);
  const [settings] = rows;
  const isRight =
    settings?.foreign_keys === 1 && settings.synchronous === SYNCHRONOUS_FULL && settings.journal_mode === "wal";
  if (!isRight) throw new QueryFailedError("WRONG_SETTINGS", "foreign keys, full synchronous and WAL must all hold");
}

/**
 * SQLite does this itself when the last connection closes, but a connection of @libsql/client is only gone when the
 * garbage collector has found its statements. Without it, a file copied after closing would lack its latest rows.
 */
async function moveLogIntoFile(client: Client): Promise<void> {
  await client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

const SYNCHRONOUS_FULL = 2;

const SETTINGS =
  "SELECT foreign_keys, synchronous, journal_mode FROM pragma_foreign_keys, pragma_synchronous, pragma_journal_mode";
