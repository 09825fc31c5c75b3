import type { Command } from "commander";
import type { SwitchboardInputs } from "../../index.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { findKey } from "../find-key.ts";
import { keyStatuses, scopes, wordOption } from "../option-values.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import { addConfirmOption, confirmed, type PasswordOptions } from "../passwords.ts";
import { checkedByApi, readInteger, readList } from "../read-options.ts";
import type { Session } from "../session.ts";
import { showKey } from "../show-key.ts";
import { showSecret } from "../show-secret.ts";
import type { Start } from "../start.ts";
import { addKeyChangeCommands } from "./key-changes.ts";
import { addRecipientCommands } from "./recipients.ts";

interface ListOptions extends PageOptions {
  readonly status?: string;
  readonly name?: string;
  readonly bot?: string;
}

interface CreateOptions extends PasswordOptions {
  readonly scopes: string;
  readonly bots?: string;
  readonly cidr?: string;
  readonly days?: number;
  readonly requestsPerMinute?: number;
}

/** keys list, show, create, and what changes a key. */
export function addKeysCommands(program: Command, start: Start): void {
  const keys = program.command("keys").description("API keys of microservices");
  addPageOptions(keys.command("list").description("the API keys, without their secrets"), "keys")
    .addOption(wordOption("--status <status>", "only those", keyStatuses))
    .option("--name <text>", "a part of the name")
    .option("--bot <bot>", "those that may use this bot")
    .action((options: ListOptions) => start((session) => list(session, options)));
  keys
    .command("show <key>")
    .description("one API key, by id or name")
    .action((key: string) => start((session) => show(session, key)));
  addConfirmOption(keys.command("create <name>").description("make an API key; its secret is shown once"))
    .addOption(wordOption("--scopes <list>", "what it may do, with commas between", scopes).makeOptionMandatory())
    .option("--bots <list>", "ids or names of the bots it is limited to")
    .option("--cidr <list>", "address ranges it may be used from, for example 203.0.113.0/24")
    .option("--days <number>", "days it lives: 1 to 365, 90 unless given", (text) => readInteger("--days", text))
    .option("--requests-per-minute <number>", "a quota of its own", (text) =>
      readInteger("--requests-per-minute", text),
    )
    .action((name: string, options: CreateOptions) => start((session) => create(session, name, options)));
  addKeyChangeCommands(keys, start);
  addRecipientCommands(keys, start);
  addExamples(keys, [
    ["sb keys create reader --scopes session:read,session:plain --bots reception", "for one bot's session"],
    ["sb keys create reports --scopes calls:read --cidr 203.0.113.0/24 --days 365", "from one network only"],
    ["sb keys rotate reader --overlap 24h", "a new secret; the old one works for another day"],
  ]);
}

async function list(session: Session, { bot, ...options }: ListOptions): Promise<void> {
  const client = session.client();
  const limit = bot === undefined ? {} : { botId: (await findBot(client, bot)).id };
  const page = await client.keys.list.query(checkedByApi<SwitchboardInputs["keys"]["list"]>({ ...options, ...limit }));
  session.output.result(page, (output) => {
    output.table(
      ["NAME", "STATUS", "SCOPES", "BOTS", "EXPIRES", "LAST USED", "ID"],
      page.items.map((key) => [
        key.name,
        key.status,
        key.scopes.join(","),
        key.botIds === null ? "all" : key.botIds.length,
        key.expiresAt,
        key.lastUsedAt,
        key.id,
      ]),
      "There are no API keys yet. Make one with `sb keys create <name> --scopes ...`.",
    );
    noteMore(output, page);
  });
}

async function show(session: Session, idOrName: string): Promise<void> {
  showKey(session, await findKey(session.client(), idOrName));
}

async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const client = session.client();
  const names = readList("--bots", options.bots);
  const bots = names === null ? null : await Promise.all(names.map((bot) => findBot(client, bot)));
  const input = checkedByApi<SwitchboardInputs["keys"]["create"]>({
    name,
    scopes: readList("--scopes", options.scopes) ?? [],
    botIds: bots === null ? null : bots.map((bot) => bot.id),
    cidrs: readList("--cidr", options.cidr),
    requestsPerMinute: options.requestsPerMinute ?? null,
    ...(options.days === undefined ? {} : { expiresInDays: options.days }),
  });
  const key = await confirmed(session, options, () => client.keys.create.mutate(input));
  showSecret(session, key, `API key ${key.name} (${key.id}), good until ${key.expiresAt}`, key.secret);
}
