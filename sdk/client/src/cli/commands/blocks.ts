import type { Command } from "commander";
import type { SwitchboardClient, SwitchboardInputs, SwitchboardOutputs } from "../../index.ts";
import { callerInput, nameOf } from "../callers.ts";
import { notFoundError, usageError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { blockStatuses, wordOption } from "../option-values.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import { checkedByApi, readInteger } from "../read-options.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type ListInput = SwitchboardInputs["blocks"]["list"];
type Block = SwitchboardOutputs["blocks"]["get"];

interface ListOptions extends PageOptions {
  readonly status?: string;
  readonly search?: string;
}

interface AddOptions {
  readonly hours?: number;
  readonly expiresAt?: string;
  readonly permanent?: true;
  readonly reason?: string;
  readonly note?: string;
  readonly force?: true;
  readonly replace?: true;
}

/** blocks list, show, add, remove, restore. */
export function addBlocksCommands(program: Command, start: Start): void {
  const blocks = program.command("blocks").description("callers a bot turns away");
  addPageOptions(blocks.command("list <bot>").description("the blocks, the newest first"), "blocks")
    .addOption(wordOption("--status <status>", "active ones unless given", blockStatuses))
    .option("--search <text>", "part of a number, name, reason or note")
    .action((bot: string, options: ListOptions) => start((session) => list(session, bot, options)));
  blocks
    .command("show <bot> <block>")
    .description("one block, by its id or the caller's number")
    .action((bot: string, block: string) => start((session) => show(session, bot, block)));
  blocks
    .command("add <bot> <caller>")
    .description("block a phone number, a LID (…@lid) or the caller of a call (call_…)")
    .option("--hours <number>", "how long", (text) => readInteger("--hours", text))
    .option("--expires-at <instant>", "until when, for example 2026-01-31T00:00:00Z")
    .option("--permanent", "until it is lifted")
    .option("--reason <text>", "why")
    .option("--note <text>", "for the team")
    .option("--force", "also a caller who is on the allow list")
    .option("--replace", "end it then also where the block there is would last longer")
    .action((bot: string, caller: string, options: AddOptions) =>
      start((session) => add(session, bot, caller, options)),
    );
  blocks
    .command("remove <bot> <block>")
    .description("lift a block, by its id or the caller's number; it can be restored")
    .option("--reason <text>", "why")
    .action((bot: string, block: string, options: { reason?: string }) =>
      start((session) => lift(session, bot, block, options)),
    );
  blocks
    .command("restore <bot> <block>")
    .description("undo the lifting of a block")
    .action((bot: string, block: string) => start((session) => restore(session, bot, block)));
  addExamples(blocks, [
    ["sb blocks add reception +34600000000 --hours 24 --reason 'calls at night'", "for a day"],
    ["sb blocks list reception --status all --search 346", "also those that are over"],
    ["sb blocks remove reception +34600000000", "let the caller through again"],
  ]);
}

async function list(session: Session, idOrName: string, options: ListOptions): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const page = await client.blocks.list.query(checkedByApi<ListInput>({ botId: bot.id, ...options }));
  session.output.result(page, (output) => {
    output.table(
      ["CALLER", "TYPE", "UNTIL", "ORIGIN", "REASON", "ACTIVE", "ID"],
      page.items.map((block) => [
        nameOf(block),
        block.type,
        block.expiresAt ?? "lifted",
        block.origin,
        block.reason,
        block.active,
        block.id,
      ]),
      "Nobody is blocked.",
    );
    noteMore(output, page);
  });
}

async function show(session: Session, idOrName: string, name: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const contactId = await findBlockId(client, bot.id, name);
  const block: Block = await client.blocks.get.query({ botId: bot.id, contactId });
  session.output.result(block, (output) =>
    output.fields([
      ["Block", block.id],
      ["Caller", nameOf(block)],
      ["Active", block.active],
      ["Type", block.type],
      ["Origin", `${block.origin}, by ${block.createdBy}`],
      ["Reason", block.reason],
      ["Note", block.note],
      ["Since", block.createdAt],
      ["Until", block.expiresAt ?? "it is lifted"],
      ["Ended", block.endedAt === null ? null : `${block.endedAt} (${block.endCause})`],
      ["Calls turned away", block.hitCount],
      ["Last of them", block.lastHitAt],
    ]),
  );
}

async function add(session: Session, idOrName: string, caller: string, options: AddOptions): Promise<void> {
  const { hours, expiresAt, permanent, ...others } = options;
  if ([hours, expiresAt, permanent].filter((end) => end !== undefined).length > 1)
    throw usageError("--hours, --expires-at and --permanent contradict each other.");
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const type = permanent
    ? { type: "permanent" as const }
    : {
        ...(hours === undefined ? {} : { type: "temporary" as const, hours }),
        ...(expiresAt === undefined ? {} : { type: "temporary" as const, expiresAt }),
      };
  const result = await client.blocks.add.mutate({ botId: bot.id, ...callerInput(caller), ...type, ...others });
  session.output.result(result, (output) => {
    const { contact, isNew } = result;
    const until = contact.expiresAt === null ? "until it is lifted" : `until ${contact.expiresAt}`;
    output.line(`${nameOf(contact) ?? caller} is blocked ${until}${isNew ? "" : ", as before"} (${contact.id}).`);
    if (contact.mayNotMatchYet)
      output.progress(
        "WhatsApp may show only the caller's LID, which is not known yet; the bot is asked to look it up.",
      );
  });
}

async function lift(session: Session, idOrName: string, name: string, options: { reason?: string }): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const contactId = await findBlockId(client, bot.id, name);
  const block = await client.blocks.lift.mutate({ botId: bot.id, contactId, ...options });
  session.output.result(block, (output) => {
    output.line(`${nameOf(block) ?? block.id} is not blocked any more. Undo: sb blocks restore ${bot.id} ${block.id}`);
  });
}

async function restore(session: Session, idOrName: string, contactId: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const block = await client.blocks.restore.mutate({ botId: bot.id, contactId });
  session.output.result(block, (output) => {
    output.line(`${nameOf(block) ?? block.id} is blocked again until ${block.expiresAt ?? "it is lifted"}.`);
  });
}

/** A block's id as it is; for a number or LID the id of the caller's active block. */
async function findBlockId(client: SwitchboardClient, botId: string, name: string): Promise<string> {
  if (name.startsWith("blk_")) return name;
  const { block } = await client.calls.limit.query({ botId, caller: name });
  if (block) return block.id;
  throw notFoundError(`${name} is not blocked.`, "See `sb blocks list <bot>`.");
}
