import type { Command } from "commander";
import type { SwitchboardClient } from "../../index.ts";
import { notFoundError, usageError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { scopes, wordOption } from "../option-values.ts";
import { checkedByApi, readInteger, readList } from "../read-options.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type Key = Awaited<ReturnType<SwitchboardClient["keys"]["revoke"]["mutate"]>>;
type NewKey = Parameters<SwitchboardClient["keys"]["create"]["mutate"]>[0];

interface CreateOptions {
  readonly scopes: string;
  readonly bots?: string;
  readonly cidr?: string;
  readonly days?: number;
}

/** keys list, create, revoke. */
export function addKeysCommands(program: Command, start: Start): void {
  const keys = program.command("keys").description("API keys of microservices");
  keys
    .command("list")
    .description("every API key, without its secret")
    .action(() => start(list));
  keys
    .command("create <name>")
    .description("make an API key; its secret is shown once")
    .addOption(wordOption("--scopes <list>", "what it may do, with commas between", scopes).makeOptionMandatory())
    .option("--bots <list>", "ids or names of the bots it is limited to")
    .option("--cidr <list>", "address ranges it may be used from, for example 203.0.113.0/24")
    .option("--days <number>", "days it lives: 1 to 365, 90 unless given", (text) => readInteger("--days", text))
    .action((name: string, options: CreateOptions) => start((session) => create(session, name, options)));
  keys
    .command("revoke <key>")
    .description("end an API key for good, by id or name")
    .action((key: string) => start((session) => revoke(session, key)));
  addExamples(keys, [
    ["sb keys create reader --scopes session:read,session:plain --bots reception", "for one bot's session"],
    ["sb keys create reports --scopes calls:read --cidr 203.0.113.0/24 --days 365", "from one network only"],
  ]);
}

async function list(session: Session): Promise<void> {
  const items = await listAllKeys(session.client());
  session.output.result({ items }, (output) =>
    output.table(
      ["NAME", "STATUS", "SCOPES", "BOTS", "EXPIRES", "LAST USED", "ID"],
      items.map((key) => [
        key.name,
        key.status,
        key.scopes.join(","),
        key.botIds === null ? "all" : key.botIds.length,
        key.expiresAt,
        key.lastUsedAt,
        key.id,
      ]),
      "There are no API keys yet. Make one with `sb keys create <name> --scopes ...`.",
    ),
  );
}

async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const client = session.client();
  const names = readList("--bots", options.bots);
  const bots = names === null ? null : await Promise.all(names.map((bot) => findBot(client, bot)));
  const input = checkedByApi<NewKey>({
    name,
    scopes: readList("--scopes", options.scopes) ?? [],
    botIds: bots === null ? null : bots.map((bot) => bot.id),
    cidrs: readList("--cidr", options.cidr),
    ...(options.days === undefined ? {} : { expiresInDays: options.days }),
  });
  const key = await client.keys.create.mutate(input);
  session.output.result(key, (output) => {
    output.line(`API key ${key.name} (${key.id}), good until ${key.expiresAt}:`);
    output.line("");
    output.line(`  ${key.secret}`);
    output.line("");
    output.line("This is the only time it is shown.");
  });
}

async function revoke(session: Session, idOrName: string): Promise<void> {
  const client = session.client();
  const known = await findKey(client, idOrName);
  const key = await client.keys.revoke.mutate({ keyId: known.id });
  session.output.result(key, (output) => output.line(`${key.name} is revoked: its next request is refused.`));
}

async function findKey(client: SwitchboardClient, idOrName: string): Promise<Key> {
  const keys = await listAllKeys(client);
  const exact = keys.find((key) => key.id === idOrName);
  const named = keys.filter((key) => key.name === idOrName);
  const usable = named.filter((key) => key.status !== "revoked");
  const key = exact ?? (usable.length === 1 ? usable[0] : named.length === 1 ? named[0] : undefined);
  if (key) return key;
  if (named.length > 1)
    throw usageError(`More than one key is named "${idOrName}".`, "Write its id; see `sb keys list`.");
  throw notFoundError(`There is no API key "${idOrName}".`, "See `sb keys list`.");
}

async function listAllKeys(client: SwitchboardClient): Promise<Key[]> {
  const all: Key[] = [];
  let cursor: string | undefined;
  do {
    const input = cursor === undefined ? { limit: 200 } : { limit: 200, cursor };
    const page: { items: Key[]; nextCursor: string | null } = await client.keys.list.query(input);
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}
