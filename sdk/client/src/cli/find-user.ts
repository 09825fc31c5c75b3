import type { SwitchboardClient, SwitchboardOutputs } from "../index.ts";
import { notFoundError, usageError } from "./cli-error.ts";
import { readAllPages } from "./pages.ts";

/** A member of the team as the api shows them. */
export type User = SwitchboardOutputs["users"]["get"];

/**
 * The member of this id, e-mail address or name.
 * @throws CliError not-found; usage when several have the name
 */
export async function findUser(client: SwitchboardClient, text: string): Promise<User> {
  if (text.startsWith("usr_")) return client.users.get.query({ userId: text });
  const users = await readAllPages((page) => client.users.list.query(page));
  const address = text.toLowerCase();
  const found = users.filter((user) => user.email === address);
  const named = found.length > 0 ? found : users.filter((user) => user.name === text);
  if (named.length > 1) throw usageError(`More than one person is named "${text}".`, "Write the e-mail address.");
  if (named[0]) return named[0];
  throw notFoundError(`Nobody in the team is "${text}".`, "See `sb users list`.");
}
