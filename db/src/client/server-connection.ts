import type { Client, Config } from "@libsql/client";
import { Connection } from "./connection.ts";
import { QueryFailedError } from "./errors.ts";
import { SERVER_ANSWER_MS } from "./limits.ts";

/** Where a libSQL server is, and the token it asks for (undefined when it asks for none). */
export interface ServerAddress {
  url: string;
  authToken?: string | undefined;
}

/** The driver of this runtime, and how a fresh connection is checked. */
export interface ServerDriver {
  open(config: Config): Client;
  prepare(client: Client): Promise<void>;
}

/** A connection to a libSQL server. Durability and WAL are the server's own business. */
export function createServerConnection({ url, authToken }: ServerAddress, driver: ServerDriver): Connection {
  return new Connection({
    open: () => driver.open(authToken === undefined ? { url } : { url, authToken }),
    prepare: (client) => driver.prepare(client),
    begin: (ready) => ready.transaction("write"),
    settle: async () => undefined,
    isBatchOneRequest: true,
    answerMs: SERVER_ANSWER_MS,
  });
}

/** Proves that the server answers and enforces foreign keys. @throws QueryFailedError when it does not enforce them */
export async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.execute("SELECT foreign_keys FROM pragma_foreign_keys");
  if (rows[0]?.foreign_keys !== 1) throw new QueryFailedError("WRONG_SETTINGS", "the server must enforce foreign keys");
}
