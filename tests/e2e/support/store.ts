import { randomBytes } from "node:crypto";
import { startSqld } from "../../support/sqld.ts";

/** Where the products of a run keep their data, and how that is ended. */
interface Store {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * The store of the vitest project: a file in DATA_DIR, or a libSQL server of the test's own where the project says
 * `E2E_STORE=sqld`. A test that names a database keeps it.
 */
export async function openStore(options: { readonly env?: Record<string, string> }): Promise<Store> {
  const isServer = process.env.E2E_STORE === "sqld" && options.env?.DATABASE_URL === undefined;
  if (!isServer) return { env: {}, stop: async () => undefined };
  const sqld = await startSqld();
  const masterKey = randomBytes(32).toString("base64url");
  return { env: { DATABASE_URL: sqld.httpUrl, MASTER_KEY: masterKey }, stop: () => sqld.stop() };
}
