import type { Command } from "commander";
import type { SwitchboardInputs, SwitchboardOutputs } from "../../index.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { checkedByApi } from "../read-options.ts";
import type { Session } from "../session.ts";
import { flattenSettings, readAssignments } from "../setting-assignments.ts";
import type { Start } from "../start.ts";

type Settings = SwitchboardOutputs["callBlocking"]["get"];
type Changes = SwitchboardInputs["callBlocking"]["patch"]["changes"];
type Replacement = SwitchboardInputs["callBlocking"]["replace"]["settings"];

/** settings get, set, reset: how a bot screens its calls. */
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
  settings
    .command("reset <bot> [assignments...]")
    .description("take every setting back to its default, but those that are given")
    .action((bot: string, assignments: string[]) => start((session) => reset(session, bot, assignments)));
  addExamples(settings, [
    ["sb settings set reception enabled=true dailyLimit=2 'autoReply.text=Please write instead.'", "two calls a day"],
    ["sb settings set reception dailyLimit=none", "take the limit away"],
    ["sb settings reset reception enabled=true", "on, and all else as it was at first"],
  ]);
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

async function reset(session: Session, idOrName: string, assignments: readonly string[]): Promise<void> {
  const client = session.client();
  const { id: botId } = await findBot(client, idOrName);
  const current = await client.callBlocking.get.query({ botId });
  const settings = checkedByApi<Replacement>({ ...readAssignments(assignments, current), version: current.version });
  showSettings(session, await client.callBlocking.replace.mutate({ botId, settings }));
}

function showSettings(session: Session, settings: Settings): void {
  session.output.result(settings, (output) => {
    output.fields(flattenSettings(settings));
    for (const { message } of settings.warnings ?? []) output.progress(`Note: ${message}`);
  });
}
