import { createClient } from "@libsql/client";
import type { Connection } from "./connection.ts";
import { createFileConnection, type FileAccess } from "./file-connection.ts";
import { checkServer, createServerConnection } from "./server-connection.ts";

/** Where the database is. */
export interface DatabaseAddress {
  /** `file:` with a path (never `:memory:`), or a libSQL server: `http:`, `https:`, `ws:`, `wss:`, `libsql:`. */
  url: string;
  /** The server's token; ignored for a file. Default: none. */
  authToken?: string | undefined;
}

/**
 * Makes a connection, which opens at its first use.
 * @throws TypeError for an in-memory database, which loses its schema with its first connection
 */
export function connect(address: DatabaseAddress, access: FileAccess): Connection {
  if (!address.url.startsWith("file:"))
    return createServerConnection(address, { open: createClient, prepare: checkServer });
  if (address.url.includes(":memory:") || address.url.includes("mode=memory")) {
    throw new TypeError("An in-memory database is not supported; use a file");
  }
  return createFileConnection(address.url, access);
}
