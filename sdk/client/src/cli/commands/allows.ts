import type { Command } from "commander";
import type { SwitchboardClient, SwitchboardInputs } from "../../index.ts";
import { callerInput, isCaller, nameOf } from "../callers.ts";
import { notFoundError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { addPageOptions, noteMore, type PageOptions, readAllPages } from "../pages.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

interface ListOptions extends PageOptions {
  readonly search?: string;
}

type AddOptions = Pick<SwitchboardInputs["allows"]["add"], "note" | "expiresAt" | "force">;

/** allows list, add, remove. */
export function addAllowsCommands(program: Command, start: Start): void {
  const allows = program.command("allows").description("callers who always get through to a bot");
  addPageOptions(allows.command("list <bot>").description("the allow list, the newest first"), "entries")
    .option("--search <text>", "part of a number, name or note")
    .action((bot: string, options: ListOptions) => start((session) => list(session, bot, options)));
  allows
    .command("add <bot> <caller>")
    .description("allow a phone number, a LID (…@lid) or the caller of a call (call_…)")
    .option("--expires-at <instant>", "until when, for example 2026-01-31T00:00:00Z; for ever unless given")
    .option("--note <text>", "for the team")
    .option("--force", "also a caller somebody blocked by hand; the block ends")
    .action((bot: string, caller: string, options: AddOptions) =>
      start((session) => add(session, bot, caller, options)),
    );
  allows
    .command("remove <bot> <entry>")
    .description("take a caller off the allow list, by the entry's id or the caller's number")
    .action((bot: string, entry: string) => start((session) => remove(session, bot, entry)));
  addExamples(allows, [
    ["sb allows add reception +34600000000 --note 'the plumber'", "never turned away"],
    ["sb allows remove reception +34600000000", "as everybody else again"],
  ]);
}

async function list(session: Session, idOrName: string, options: ListOptions): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const page = await client.allows.list.query({ botId: bot.id, ...options });
  session.output.result(page, (output) => {
    output.table(
      ["CALLER", "UNTIL", "NOTE", "ACTIVE", "ADDED", "ID"],
      page.items.map((entry) => [
        nameOf(entry),
        entry.expiresAt ?? "for ever",
        entry.note,
        entry.active,
        entry.createdAt,
        entry.id,
      ]),
      "Nobody is on the allow list.",
    );
    noteMore(output, page);
  });
}

async function add(session: Session, idOrName: string, caller: string, options: AddOptions): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const entry = await client.allows.add.mutate({ botId: bot.id, ...callerInput(caller), ...options });
  session.output.result(entry, (output) => {
    const until = entry.expiresAt === null ? "for ever" : `until ${entry.expiresAt}`;
    output.line(`${nameOf(entry) ?? caller} is allowed ${until} (${entry.id}).`);
  });
}

async function remove(session: Session, idOrName: string, name: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const allowId = name.startsWith("alw_") ? name : await findEntryId(client, bot.id, name);
  await client.allows.remove.mutate({ botId: bot.id, allowId });
  session.output.result({ removed: allowId }, (output) => output.line(`${name} is not on the allow list any more.`));
}

async function findEntryId(client: SwitchboardClient, botId: string, caller: string): Promise<string> {
  const entries = await readAllPages((page) => client.allows.list.query({ botId, ...page }));
  const entry = entries.find((candidate) => isCaller(candidate, caller));
  if (entry) return entry.id;
  throw notFoundError(`${caller} is not on the allow list.`, "See `sb allows list <bot>`.");
}
