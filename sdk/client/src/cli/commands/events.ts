import type { Command } from "commander";
import type { LiveEvent, SwitchboardClient, SwitchboardInputs } from "../../index.ts";
import { interruptedError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { eventTypes, readWords, wordOption } from "../option-values.ts";
import { checkedByApi, readInteger } from "../read-options.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type FollowInput = SwitchboardInputs["events"]["follow"];

interface EventsOptions {
  readonly types?: string;
  readonly bot?: string;
  readonly after?: string;
  readonly limit?: number;
}

const TYPE_WIDTH = Math.max(...eventTypes.map((type) => type.length));
const SHOWN_FIELDS = ["name", "phoneNumber", "lid", "state", "kind", "outcome", "reason", "ended", "type", "expiresAt"];

/** Which events are shown. */
interface Filter {
  readonly types: readonly string[] | null;
  readonly botId: string | null;
}

/** events --follow: what happens, as it happens. */
export function addEventsCommand(program: Command, start: Start): void {
  const events = program
    .command("events")
    .description("what happens, as it happens, until Ctrl-C; goes on by itself after a broken connection")
    .requiredOption("--follow", "stay and show each event when it comes")
    .addOption(wordOption("--types <list>", "only these types", eventTypes))
    .option("--bot <bot>", "only events of this bot, by id or name")
    .option("--after <place>", "begin after this `place` of an earlier run with --json, instead of now")
    .option("--limit <number>", "end after so many events", (text) => readInteger("--limit", text))
    .action((options: EventsOptions) => start((session) => showEvents(session, options)));
  addExamples(events, [
    ["sb events --follow", "everything of the team"],
    ["sb events --follow --bot reception --types call.screened,block.created", "the screening of one bot"],
    ["sb events --follow --json | jq -r .type", "one JSON document on each line"],
  ]);
}

async function showEvents(session: Session, options: EventsOptions): Promise<void> {
  const types = readWords("--types", options.types, eventTypes);
  const client = session.client();
  const bot = options.bot === undefined ? null : await findBot(client, options.bot);
  const filter: Filter = { types, botId: bot?.id ?? null };
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let count = 0;
  await followEvents(session, client, options.after ?? null, (place, event) => {
    if (!isWanted(event, filter)) return true;
    writeEvent(session, place, event);
    count += 1;
    return count < limit;
  });
}

/** Hands over each event until `onEvent` answers false. @throws what the api refuses with; CliError interrupted */
async function followEvents(
  { terminal, output }: Session,
  client: SwitchboardClient,
  after: string | null,
  onEvent: (place: string, event: LiveEvent) => boolean,
): Promise<void> {
  const activity = output.activity("Connecting");
  const input = checkedByApi<FollowInput>(after === null ? {} : { lastEventId: after });
  let stop = () => {};
  const onInterrupt = () => stop();
  try {
    await new Promise<void>((resolve, reject) => {
      const subscription = client.events.follow.subscribe(input, {
        onData: ({ id, data }) => {
          if (data.kind === "ready") return activity.say("Waiting for events");
          activity.clear();
          if (!onEvent(id, data.event)) resolve();
        },
        onConnectionStateChange: ({ state, error }) => {
          if (state === "connecting" && error) activity.say("The connection is broken; trying again");
        },
        onError: reject,
        // The api ends a stream without an error only when all is said, which is never the case here.
        onComplete: resolve,
      });
      stop = () => {
        reject(interruptedError());
        subscription.unsubscribe();
      };
      terminal.interrupted.addEventListener("abort", onInterrupt, { once: true });
      if (terminal.interrupted.aborted) stop();
    });
  } finally {
    terminal.interrupted.removeEventListener("abort", onInterrupt);
    activity.stop();
  }
}

const isWanted = ({ type, botId }: LiveEvent, filter: Filter): boolean =>
  (filter.types === null || filter.types.includes(type)) && (filter.botId === null || filter.botId === botId);

function writeEvent({ terminal, output }: Session, place: string, event: LiveEvent): void {
  if (output.isJson) terminal.stdout.write(`${JSON.stringify({ place, ...event })}\n`);
  else output.line(`${event.at}  ${event.type.padEnd(TYPE_WIDTH)}  ${summaryOf(event)}`);
}

/** What most readers want to see of the thing; --json has all of it. */
function summaryOf({ botId, data }: LiveEvent): string {
  const caller = typeof data.caller === "object" && data.caller !== null ? data.caller : {};
  const parts = { ...caller, ...data };
  const known = SHOWN_FIELDS.flatMap((name) => {
    const value: unknown = parts[name as keyof typeof parts];
    return typeof value === "string" || typeof value === "number" ? [`${name}=${value}`] : [];
  });
  return [botId ?? "-", ...known].join("  ");
}
