import type { SwitchboardClient, SwitchboardOutputs } from "../index.ts";
import { notFoundError, usageError } from "./cli-error.ts";
import { readAllPages } from "./pages.ts";

/** An API key as the api shows it. */
export type Key = SwitchboardOutputs["keys"]["get"];

/**
 * The API key of this id or name; among several of a name the one that is not revoked.
 * @throws CliError not-found; usage when several have the name
 */
export async function findKey(client: SwitchboardClient, idOrName: string): Promise<Key> {
  if (idOrName.startsWith("key_")) return client.keys.get.query({ keyId: idOrName });
  const keys = await readAllPages((page) => client.keys.list.query({ ...page, name: idOrName }));
  const named = keys.filter((key) => key.name === idOrName);
  const usable = named.filter((key) => key.status !== "revoked");
  const key = usable.length === 1 ? usable[0] : named.length === 1 ? named[0] : undefined;
  if (key) return key;
  if (named.length > 1)
    throw usageError(`More than one key is named "${idOrName}".`, "Write its id; see `sb keys list`.");
  throw notFoundError(`There is no API key "${idOrName}".`, "See `sb keys list`.");
}
