import type { SwitchboardClient } from "../index.ts";
import { notFoundError, usageError } from "./cli-error.ts";
import { readAllPages } from "./pages.ts";

/** A bot as the api shows it. */
export type Bot = Awaited<ReturnType<SwitchboardClient["bots"]["get"]["query"]>>;

const NAMES_SHOWN_MAX = 8;

/** Every bot of the team. */
export function listAllBots(client: SwitchboardClient): Promise<Bot[]> {
  return readAllPages((page) => client.bots.list.query(page));
}

/**
 * The bot of this id or name. An exact name wins over one that differs in case only.
 * @throws CliError not-found with the names there are; usage when two bots differ from the name in case only
 */
export async function findBot(client: SwitchboardClient, idOrName: string): Promise<Bot> {
  const bots = await listAllBots(client);
  const exact = bots.find((bot) => bot.id === idOrName) ?? bots.find((bot) => bot.name === idOrName);
  if (exact) return exact;
  const similar = bots.filter((bot) => bot.name.toLowerCase() === idOrName.toLowerCase());
  if (similar.length > 1)
    throw usageError(`More than one bot is named "${idOrName}".`, "Write the name as it is, or the id.");
  if (similar[0]) return similar[0];
  throw notFoundError(`There is no bot "${idOrName}".`, knownNames(bots));
}

function knownNames(bots: readonly Bot[]): string {
  if (bots.length === 0) return "There are no bots yet. Make one with `sb bots create <name>`.";
  const names = bots.slice(0, NAMES_SHOWN_MAX).map((bot) => bot.name);
  const rest = bots.length > names.length ? ` and ${bots.length - names.length} more` : "";
  return `Bots: ${names.join(", ")}${rest}.`;
}
