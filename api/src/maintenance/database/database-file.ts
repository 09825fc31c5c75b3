import { isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Client, createClient } from "@libsql/client";

/** How long a maintenance command waits for a lock of the running product, in milliseconds. */
const LOCK_WAIT_MS = 10_000;

/** The path of a database file; null for a server. */
export function databaseFileOf(url: string): string | null {
  if (!url.startsWith("file:")) return null;
  if (url.startsWith("file://")) return fileURLToPath(url);
  const path = url.slice("file:".length);
  return isAbsolute(path) ? path : resolve(path);
}

/** The address of a database file. */
export const fileAddress = (path: string): string => pathToFileURL(path).href;

/**
 * One plain connection to a file, for what a whole database is asked: copies, checks. It is no way to write rows of the
 * product. Close it.
 */
export const openFile = (path: string): Client =>
  createClient({ url: fileAddress(path), timeout: LOCK_WAIT_MS, concurrency: 1, intMode: "bigint" });

/**
 * Puts what is still in the log into the file itself, so that the file alone is the database, and closes.
 * @throws Error when something else still reads from the log
 */
export async function foldLogAndClose(client: Client): Promise<void> {
  try {
    const { rows } = await client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    if (Number(rows[0]?.busy ?? 0) !== 0) throw new Error("the log of the database is in use by somebody else");
  } finally {
    client.close();
  }
}
