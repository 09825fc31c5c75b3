import { type Client, createClient } from "@libsql/client";
import { Connection } from "./connection.ts";
import { QueryFailedError } from "./errors.ts";
import { SERVER_ANSWER_MS } from "./limits.ts";

/** Where a libSQL server is, and the token it asks for (undefined when it asks for none). */
export interface ServerAddress {
  url: string;
  authToken?: string | undefined;
}

/** A connection to a libSQL server. Durability and WAL are the server's own business; foreign keys are checked. */
export function createServerConnection({ url, authToken }: ServerAddress): Connection {
  const open = () => createClient(authToken === undefined ? { url } : { url, authToken });
  const begin = (ready: Client) => ready.transaction("write");
  const settle = async () => undefined;
  return new Connection({ open, prepare, begin, settle, isBatchOneRequest: true, answerMs: SERVER_ANSWER_MS });
}

async function prepare(client: Client): Promise<void> {
  const { rows } = await client.execute("SELECT foreign_keys FROM pragma_foreign_keys");
  if (rows[0]?.foreign_keys !== 1) throw new QueryFailedError("WRONG_SETTINGS", "the server must enforce foreign keys");
}
