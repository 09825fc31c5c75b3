import type { Command } from "commander";
import type { SwitchboardClient } from "../../index.ts";
import { findBot } from "../find-bot.ts";
import { checkedByApi } from "../read-options.ts";
import type { Session } from "../session.ts";
import { flattenSettings, readAssignments } from "../setting-assignments.ts";
import type { Start } from "../start.ts";

type Settings = Awaited<ReturnType<SwitchboardClient["callBlocking"]["get"]["query"]>>;
type Changes = Parameters<SwitchboardClient["callBlocking"]["patch"]["mutate"]>[0]["changes"];

/** settings get, set: how a bot screens its calls. */
export function addSettingsCommands(program: Command, start: Start): void {
  const settings = program.command("settings").description("how a bot screens its calls");
  settings
    .command("get <bot>")
    .description("the bot's settings")
    .action((bot: string) => start((session) => get(session, bot)));
  settings
    .command("set <bot> <assignments...>")
    .description("change settings, for example enabled=true dailyLimit=5 autoReply.text='We are closed.'")
    .action((bot: string, assignments: string[]) => start((session) => set(session, bot, assignments)));
}

async function get(session: Session, idOrName: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  showSettings(session, await client.callBlocking.get.query({ botId: bot.id }));
}

async function set(session: Session, idOrName: string, assignments: readonly string[]): Promise<void> {
  const client = session.client();
  const { id: botId } = await findBot(client, idOrName);
  const current = await client.callBlocking.get.query({ botId });
  const changes = checkedByApi<Changes>(readAssignments(assignments, current));
  showSettings(session, await client.callBlocking.patch.mutate({ botId, changes }));
}

function showSettings(session: Session, settings: Settings): void {
  session.output.result(settings, (output) => {
    output.fields(flattenSettings(settings));
    for (const { message } of settings.warnings ?? []) output.progress(`Note: ${message}`);
  });
}
