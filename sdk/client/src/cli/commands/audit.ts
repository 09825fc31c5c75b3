import type { Command } from "commander";
import type { SwitchboardInputs, SwitchboardOutputs } from "../../index.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { actorKinds, auditObjectKinds, auditOutcomes, wordOption } from "../option-values.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import { checkedByApi } from "../read-options.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type Entry = SwitchboardOutputs["audit"]["get"];

interface ListOptions extends PageOptions {
  readonly actor?: string;
  readonly actorKind?: string;
  readonly action?: string;
  readonly objectKind?: string;
  readonly object?: string;
  readonly bot?: string;
  readonly outcome?: string;
  readonly address?: string;
  readonly from?: string;
  readonly to?: string;
}

/** audit list, show: who did what to which thing from where. */
export function addAuditCommands(program: Command, start: Start): void {
  const audit = program.command("audit").description("who did what to which thing from where, refusals included");
  const listing = audit.command("list", { isDefault: true }).description("the entries, the newest first");
  addPageOptions(listing, "entries")
    .option("--actor <id>", "what this person, key or token did")
    .addOption(wordOption("--actor-kind <kind>", "what kind of actor", actorKinds))
    .option("--action <action>", "one action, for example bot.create, or a group with its dot, for example api-key.")
    .addOption(wordOption("--object-kind <kind>", "what kind of thing it was done to", auditObjectKinds))
    .option("--object <id>", "what was done to this thing")
    .option("--bot <bot>", "what was done to this bot and its things, by id or name")
    .addOption(wordOption("--outcome <outcome>", "how it ended", auditOutcomes))
    .option("--address <address>", "what came from this address")
    .option("--from <instant>", "at or after, for example 2026-01-01T00:00:00Z")
    .option("--to <instant>", "before")
    .action((options: ListOptions) => start((session) => list(session, options)));
  audit
    .command("show <entry>")
    .description("one entry with its details, by its id")
    .action((entry: string) => start((session) => show(session, entry)));
  addExamples(audit, [
    ["sb audit list --outcome denied --from 2026-01-01T00:00:00Z", "what was refused this year"],
    ["sb audit list --action api-key. --limit 200", "everything about API keys"],
    ["sb audit list --bot reception --actor-kind user", "what people did to one bot"],
  ]);
}

async function list(session: Session, { bot, object, ...filters }: ListOptions): Promise<void> {
  const client = session.client();
  const input = checkedByApi<SwitchboardInputs["audit"]["list"]>({
    ...filters,
    ...(object === undefined ? {} : { objectId: object }),
    // A bot that is gone is found by its id.
    ...(bot === undefined ? {} : { botId: bot.startsWith("bot_") ? bot : (await findBot(client, bot)).id }),
  });
  const page = await client.audit.list.query(input);
  session.output.result(page, (output) => {
    output.table(
      ["AT", "WHO", "ACTION", "TO", "OUTCOME", "FROM", "ID"],
      page.items.map((entry) => [
        entry.at,
        actorOf(entry),
        entry.action,
        entry.object.id,
        entry.outcome,
        entry.address,
        entry.id,
      ]),
      "There are no such entries.",
    );
    noteMore(output, page);
  });
}

async function show(session: Session, auditId: string): Promise<void> {
  const entry = await session.client().audit.get.query({ auditId });
  session.output.result(entry, (output) => {
    output.fields([
      ["Entry", entry.id],
      ["At", entry.at],
      ["Who", `${actorOf(entry)} (${entry.actor.kind}${entry.actor.id === null ? "" : ` ${entry.actor.id}`})`],
      ["Action", entry.action],
      ["To", `${entry.object.kind} ${entry.object.id ?? ""}`],
      ["Bot", entry.botId],
      ["Outcome", entry.outcome],
      ["From", entry.address],
      ["With", entry.userAgent],
      ["Request", entry.requestId],
      ...Object.entries(entry.detail).map(([name, value]): [string, string] => [`  ${name}`, JSON.stringify(value)]),
    ]);
  });
}

const actorOf = ({ actor }: Entry): string => actor.name ?? actor.id ?? actor.kind;
