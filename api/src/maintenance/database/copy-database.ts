import { type Client, createClient } from "@libsql/client";
import type { Settings } from "@switchboard/core/config/parse-settings";
import { copyRows } from "./copy-rows.ts";
import { databaseFileOf, openFile } from "./database-file.ts";

/** Where a copy came from. */
export type CopySource = "file" | "server";

/**
 * Copies the database as it is at one moment into a new file, while the product goes on. A file is copied by SQLite itself
 * (VACUUM INTO reads one snapshot); of a server every table is read in one transaction. @throws the driver's error
 */
export async function copyDatabase(
  settings: Settings,
  target: string,
  onProgress: (text: string) => void,
): Promise<CopySource> {
  const { databaseUrl: url } = settings.derived;
  const file = databaseFileOf(url);
  if (file !== null) {
    await withClient(openFile(file), (source) => source.execute({ sql: "VACUUM INTO ?", args: [target] }));
    return "file";
  }
  const authToken = settings.DATABASE_AUTH_TOKEN;
  const server = createClient({ url, intMode: "bigint", ...(authToken === null ? {} : { authToken }) });
  await withClient(server, (source) => withClient(openFile(target), (copy) => copyRows(source, copy, onProgress)));
  return "server";
}

async function withClient<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
