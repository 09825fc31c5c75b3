import type { Command } from "commander";
import type { SwitchboardClient, SwitchboardInputs } from "../../index.ts";
import { usageError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { type Bot, findBot, listAllBots } from "../find-bot.ts";
import { holderWords } from "../holder-words.ts";
import { ask } from "../prompt.ts";
import { readInteger } from "../read-options.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";
import { type Goal, waitForBot } from "../wait-for-bot.ts";

type CommandName = "start" | "stop" | "restart" | "logout";

interface WaitOptions {
  readonly wait?: true;
  readonly timeout: number;
}

type BotChanges = SwitchboardInputs["bots"]["update"]["changes"];
type Order = (client: SwitchboardClient, botId: string) => Promise<{ readonly commandId: string }>;

const WAIT_SECONDS = 60;
const orders: Readonly<Record<CommandName, Order>> = {
  start: (client, botId) => client.bots.start.mutate({ botId }),
  stop: (client, botId) => client.bots.stop.mutate({ botId }),
  restart: (client, botId) => client.bots.restart.mutate({ botId }),
  logout: (client, botId) => client.bots.logout.mutate({ botId }),
};
const commandWords: Readonly<Record<CommandName, string>> = {
  start: "let the bot run",
  stop: "stop the bot; its session is kept",
  restart: "let the bot connect anew",
  logout: "unlink the bot's device; it must be paired again afterwards",
};

/** bots list, show, counts, history, create, rename, update, delete, start, stop, restart, logout. */
export function addBotsCommands(program: Command, start: Start): void {
  const bots = program.command("bots").description("the team's bots");
  bots
    .command("list")
    .description("every bot and its state")
    .action(() => start(list));
  bots
    .command("show <bot>")
    .description("one bot, by id or name")
    .action((bot: string) => start((session) => show(session, bot)));
  bots
    .command("counts")
    .description("how many bots are in each state")
    .option("--name <text>", "of those whose name holds this")
    .action((options: { name?: string }) => start((session) => count(session, options)));
  bots
    .command("history <bot>")
    .description("the states of the last hours, and why")
    .option("--hours <number>", "how far back, 24 unless given", (text) => readInteger("--hours", text))
    .action((bot: string, options: { hours?: number }) => start((session) => showHistory(session, bot, options)));
  bots
    .command("create <name>")
    .description("make a bot, stopped and not linked")
    .option("--time-zone <zone>", "IANA zone of its calendar days, for example Europe/Madrid")
    .action((name: string, options: { timeZone?: string }) => start((session) => create(session, name, options)));
  bots
    .command("rename <bot> <name>")
    .description("give a bot another name")
    .action((bot: string, name: string) => start((session) => rename(session, bot, name)));
  bots
    .command("update <bot>")
    .description("change a bot's name or time zone")
    .option("--name <name>", "its new name")
    .option("--time-zone <zone>", "IANA zone of its calendar days, for example Europe/Madrid")
    .action((bot: string, options: BotChanges) => start((session) => update(session, bot, options)));
  bots
    .command("delete <bot>")
    .description("delete a bot and unlink its device")
    .option("--confirm <name>", "the bot's name once more, instead of being asked for it")
    .action((bot: string, options: { confirm?: string }) => start((session) => remove(session, bot, options.confirm)));
  for (const command of ["start", "stop", "restart", "logout"] as const)
    bots
      .command(`${command} <bot>`)
      .description(commandWords[command])
      .option("--wait", "wait until it is done")
      .option("--timeout <seconds>", "how long to wait", (text) => readInteger("--timeout", text), WAIT_SECONDS)
      .action((bot: string, options: WaitOptions) => start((session) => order(session, bot, command, options)));
  addExamples(bots, [
    ["sb bots create reception --time-zone Europe/Madrid", "stopped, and not linked to a phone yet"],
    ["sb bots start reception --wait", "come back when it is online"],
    ["sb bots list --json | jq -r '.items[].id'", "the ids alone"],
  ]);
}

async function list(session: Session): Promise<void> {
  const items = await listAllBots(session.client());
  session.output.result({ items }, (output) =>
    output.table(
      ["NAME", "STATE", "SINCE", "PHONE", "WANTED", "HELD BY", "HELD SINCE", "ID"],
      items.map((bot) => [
        bot.name,
        bot.state,
        bot.since,
        phoneOf(bot),
        bot.desiredState,
        bot.holder && `${bot.holder.kind} ${bot.holder.id}`,
        bot.holder?.since ?? null,
        bot.id,
      ]),
      "There are no bots yet. Make one with `sb bots create <name>`.",
    ),
  );
}

async function show(session: Session, name: string): Promise<void> {
  showBot(session, await findBot(session.client(), name));
}

async function count(session: Session, options: { name?: string }): Promise<void> {
  const counts = await session.client().bots.counts.query(options);
  session.output.result(counts, (output) => output.fields([...Object.entries(counts.states), ["total", counts.total]]));
}

async function showHistory(session: Session, idOrName: string, options: { hours?: number }): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const history = await client.bots.history.query({ botId: bot.id, ...options });
  session.output.result(history, (output) => {
    output.table(
      ["FROM", "TO", "STATE", "WHY"],
      history.segments.map(({ from, to, state, reasonText }) => [from, to, state, reasonText]),
      "Nothing is known of this time.",
    );
    if (history.knownSince !== history.from) output.line(`Nothing is known before ${history.knownSince}.`);
  });
}

async function create(session: Session, name: string, { timeZone }: { timeZone?: string }): Promise<void> {
  const input = timeZone === undefined ? { name } : { name, timeZone };
  showBot(session, await session.client().bots.create.mutate(input));
}

async function rename(session: Session, idOrName: string, name: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  showBot(session, await client.bots.update.mutate({ botId: bot.id, changes: { name } }));
}

async function update(session: Session, idOrName: string, changes: BotChanges): Promise<void> {
  if (Object.keys(changes).length === 0) throw usageError("Nothing is to change.", "Give --name or --time-zone.");
  const client = session.client();
  const bot = await findBot(client, idOrName);
  showBot(session, await client.bots.update.mutate({ botId: bot.id, changes }));
}

async function remove(session: Session, idOrName: string, given: string | undefined): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const question = `This deletes ${bot.name} and unlinks its device. Type its name to go on: `;
  const confirm = given ?? (await ask(session.terminal, question, "--confirm"));
  if (confirm !== bot.name) throw usageError(`The bot is named "${bot.name}", not "${confirm}". Nothing was deleted.`);
  await client.bots.delete.mutate({ botId: bot.id, confirm });
  session.output.result({ deleted: bot.id }, (output) => output.line(`${bot.name} is deleted.`));
}

async function order(session: Session, idOrName: string, command: CommandName, options: WaitOptions): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const { commandId } = await orders[command](client, bot.id);
  if (!options.wait)
    return session.output.result({ commandId, botId: bot.id }, (output) =>
      output.line(`${bot.name}: ${command} asked.`),
    );
  showBot(session, await waitForBot(session, bot.id, goalOf(command, bot), options.timeout));
}

function goalOf(command: CommandName, before: Bot): Goal {
  const isHopeless = (bot: Bot) =>
    ["failed", "logged-out", "replaced"].includes(bot.state) && bot.since !== before.since;
  switch (command) {
    case "start":
      return { isReached: (bot) => bot.state === "online", isHopeless };
    case "restart":
      return { isReached: (bot) => bot.state === "online" && bot.since !== before.since, isHopeless };
    case "stop":
      return { isReached: (bot) => bot.state === "stopped", isHopeless: () => false };
    case "logout":
      return { isReached: (bot) => !bot.linked, isHopeless: () => false };
  }
}

function showBot(session: Session, bot: Bot): void {
  session.output.result(bot, (output) =>
    output.fields([
      ["Name", bot.name],
      ["Id", bot.id],
      ["State", `${bot.state} since ${bot.since}`],
      ["Why", bot.reasonText],
      ["Wanted", bot.desiredState],
      ["Phone", phoneOf(bot)],
      ["WhatsApp name", bot.pushName],
      ["Linked", bot.linked],
      ["Time zone", bot.timeZone],
      ["Held by", holderWords(bot.holder)],
      ["Made", bot.createdAt],
    ]),
  );
}

const phoneOf = (bot: Bot): string | null => (bot.phoneNumber === null ? null : `+${bot.phoneNumber}`);
