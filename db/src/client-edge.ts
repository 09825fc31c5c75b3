import { createClient } from "@libsql/client/web";
import { createDatabase } from "./client/create-database.ts";
import { fetchAnswer } from "./client/fetch-answer.ts";
import { checkServer, createServerConnection, type ServerAddress } from "./client/server-connection.ts";
import type { Database } from "./types.ts";

export type { ServerAddress };

/** Opens a database for one request. Nothing is asked of the server before the first statement. */
export type OpenForRequest = () => Database;

/**
 * A libSQL server over HTTP, for runtimes with the web's standards only (workerd). The database it opens is the same as
 * node's, to the code that uses it.
 *
 * One for each request, because these runtimes let no request wait for what another one began: neither for its answers
 * nor for its turn to write. Writes of two requests therefore meet at the server, like those of two processes do. What is
 * remembered from one request to the next is that the server enforces foreign keys: no more than a boolean.
 */
export function createOpenForRequest(address: ServerAddress): OpenForRequest {
  let isChecked = false;
  const connection = () =>
    createServerConnection(address, {
      open: (config) => createClient({ ...config, fetch: fetchAnswer }),
      prepare: async (client) => {
        if (isChecked) return;
        await checkServer(client);
        isChecked = true;
      },
    });
  return () => createDatabase({ reading: connection(), writing: connection() });
}
