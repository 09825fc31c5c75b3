import type { Command } from "commander";
import type { SwitchboardInputs, SwitchboardOutputs } from "../../index.ts";
import { nameOf } from "../callers.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { callKinds, callOutcomes, callReasons, wordOption } from "../option-values.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import { checkedByApi } from "../read-options.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type ListInput = SwitchboardInputs["calls"]["list"];

interface SpanOptions {
  readonly from?: string;
  readonly to?: string;
}

interface ListOptions extends SpanOptions, PageOptions {
  readonly outcome?: string;
  readonly reason?: string;
  readonly kind?: string;
  readonly caller?: string;
}

const FROM_OPTION = ["--from <instant>", "calls that began at or after, for example 2025-03-10T00:00:00Z"] as const;
const TO_OPTION = ["--to <instant>", "calls that began before"] as const;

/** calls list, show, stats, limit, reject. */
export function addCallsCommands(program: Command, start: Start): void {
  const calls = program.command("calls").description("the calls of a bot, and what became of them");
  addPageOptions(calls.command("list <bot>").description("the history, the latest call first"), "calls")
    .addOption(wordOption("--outcome <outcome>", "what became of it", callOutcomes))
    .addOption(wordOption("--reason <reason>", "the rule that decided", callReasons))
    .addOption(wordOption("--kind <kind>", "what kind of call", callKinds))
    .option("--caller <caller>", "phone number, LID (…@lid) or caller id")
    .option(...FROM_OPTION)
    .option(...TO_OPTION)
    .action((bot: string, options: ListOptions) => start((session) => list(session, bot, options)));
  calls
    .command("show <bot> <call>")
    .description("one call, and the way its decision took")
    .action((bot: string, call: string) => start((session) => show(session, bot, call)));
  calls
    .command("stats <bot>")
    .description("the numbers of a span of time, the last seven days unless given")
    .option(...FROM_OPTION)
    .option(...TO_OPTION)
    .action((bot: string, options: SpanOptions) => start((session) => showStatistics(session, bot, options)));
  calls
    .command("limit <bot> <caller>")
    .description("what is left of a caller's limit")
    .action((bot: string, caller: string) => start((session) => showLimit(session, bot, caller)));
  calls
    .command("reject <bot> <call>")
    .description("reject a call that rings")
    .action((bot: string, call: string) => start((session) => reject(session, bot, call)));
  addExamples(calls, [
    ["sb calls list reception --outcome rejected --from 2026-01-01T00:00:00Z", "who was turned away this year"],
    ["sb calls show reception call_0123456789abcdef", "why one call was decided so"],
    ["sb calls limit reception +34600000000", "how many calls this caller has left"],
  ]);
}

async function list(session: Session, idOrName: string, options: ListOptions): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const page = await client.calls.list.query(checkedByApi<ListInput>({ botId: bot.id, ...options }));
  session.output.result(page, (output) => {
    output.table(
      ["BEGAN", "CALLER", "KIND", "OUTCOME", "REASON", "ENDED", "ID"],
      page.items.map((call) => [
        call.startedAt,
        nameOf(call.caller),
        call.kind,
        call.outcome,
        call.reason,
        call.ended,
        call.id,
      ]),
      "There are no such calls.",
    );
    noteMore(output, page);
  });
}

async function show(session: Session, idOrName: string, callId: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const call = await client.calls.get.query({ botId: bot.id, callId });
  session.output.result(call, (output) => {
    output.fields([
      ["Call", call.id],
      ["Caller", nameOf(call.caller)],
      ["Caller is now", standingOf(call.caller)],
      ["Kind", call.kind],
      ["Began", call.startedAt],
      ["Ended", call.endedAt === null ? null : `${call.endedAt} (${call.ended})`],
      ["Outcome", `${call.outcome}, because ${call.reason}`],
      ["Limit", call.windowLimit === null ? null : `${call.windowCount} of ${call.windowLimit}`],
      ["Reject", call.rejectStatus],
      ["Reply", call.replyStatus],
    ]);
    output.line("");
    output.table(
      ["STEP", "RESULT", "DETAIL"],
      call.trace.map(({ step, result, detail }) => [step, result, describeDetail(detail)]),
      "How it was decided is not kept.",
    );
  });
}

/** How the caller of a call stands now; null: on neither list. */
function standingOf({ block, allow }: SwitchboardOutputs["calls"]["get"]["caller"]): string | null {
  if (allow !== null) return allow.expiresAt === null ? "allowed" : `allowed until ${allow.expiresAt}`;
  if (block === null) return null;
  return block.expiresAt === null ? "blocked for good" : `blocked until ${block.expiresAt}`;
}

async function showStatistics(session: Session, idOrName: string, options: SpanOptions): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const numbers = await client.calls.statistics.query({ botId: bot.id, ...options });
  session.output.result(numbers, (output) => {
    const { byOutcome, blockedRatio } = numbers;
    output.fields([
      ["From", numbers.from],
      ["To", numbers.to],
      ["Calls", numbers.total],
      ...Object.entries(byOutcome).map(([outcome, count]): [string, number] => [`  ${outcome}`, count]),
      ["  late", numbers.late],
      ["  group", numbers.group],
      ["Callers", numbers.callers],
      ["Blocked share", blockedRatio === null ? null : `${Math.round(blockedRatio * 100)} %`],
    ]);
    output.line("");
    output.table(
      ["TOP CALLER", "CALLS", "BLOCKED", "LAST CALL"],
      numbers.topCallers.map((caller) => [nameOf(caller), caller.calls, caller.blocked, caller.lastCallAt]),
      "Nobody called.",
    );
  });
}

async function showLimit(session: Session, idOrName: string, caller: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const limit = await client.calls.limit.query({ botId: bot.id, caller });
  session.output.result(limit, (output) =>
    output.fields([
      ["Caller", nameOf({ ...limit.caller, name: null })],
      ["Used", `${limit.current_usage} of ${limit.max_allowed ?? "no limit"}`],
      ["Window", limit.time_period === "P1D" ? "a calendar day of the bot's zone" : "the last 24 hours"],
      ["Free again", limit.limit_expiration_time],
      ["Block", limit.block === null ? null : `${limit.block.id} until ${limit.block.expiresAt ?? "it is lifted"}`],
    ]),
  );
}

async function reject(session: Session, idOrName: string, callId: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const accepted = await client.calls.reject.mutate({ botId: bot.id, callId });
  session.output.result(accepted, (output) => output.line(`${bot.name} is asked to reject the call.`));
}

const describeDetail = (detail: Readonly<Record<string, unknown>>): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
