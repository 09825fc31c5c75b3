import { type BotId, whatsappCalls } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { invalid } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { authorizeBot } from "../access.ts";
import { findReference } from "../callers/caller-reference.ts";
import { readCursor, toPage } from "../pages.ts";
import { readSettings } from "../settings/internal.ts";
import { selectCalls, toCallView } from "./internal.ts";
import type { CallListView, ListCallsInput } from "./schemas.ts";
import { spanOf, viewStatistics } from "./statistics-view.ts";

/**
 * The history of a bot, the latest call first, with the numbers of the time asked for (by default the last seven days;
 * the list itself then goes back as far as calls are kept). The filters are echoed.
 * @throws ServiceError not-found, scope-missing; validation-failed for a foreign cursor, a caller that is no number, or
 *   more than 366 days
 */
export async function listCalls(ctx: ServiceContext, input: { botId: string } & ListCallsInput): Promise<CallListView> {
  const bot = await authorizeBot(ctx, input.botId, "calls:read");
  const { reader } = ctx.db;
  const { timeZone } = await readSettings(reader, bot.id);
  const nowMs = ctx.clock.nowMs();
  const span = spanOf(input, timeZone, nowMs);
  const rows = await selectCalls(reader)
    .where(and(eq(whatsappCalls.botId, bot.id), await matches(reader, bot.id, input), isBefore(input.cursor)))
    .orderBy(desc(whatsappCalls.startedAtMs), desc(whatsappCalls.id))
    .limit(input.limit + 1);
  const page = toPage(
    rows,
    input.limit,
    ({ call }) => `${call.startedAtMs}.${call.id}`,
    (row) => toCallView(row.call, row, nowMs),
  );
  const { outcome = null, reason = null, kind = null, caller = null, from = null, to = null } = input;
  const statistics = await viewStatistics(reader, bot.id, span, { timeZone, nowMs });
  return { ...page, statistics, filters: { outcome, reason, kind, caller, from, to } };
}

async function matches(reader: Reader, botId: BotId, input: ListCallsInput): Promise<SQL | undefined> {
  const { outcome, reason, kind, caller, from, to } = input;
  const { startedAtMs } = whatsappCalls;
  return and(
    outcome === undefined ? undefined : eq(whatsappCalls.outcome, outcome),
    reason === undefined ? undefined : eq(whatsappCalls.reason, reason),
    kind === undefined ? undefined : eq(whatsappCalls.kind, kind),
    caller === undefined ? undefined : eq(whatsappCalls.callerId, await callerIdOf(reader, botId, caller)),
    from === undefined ? undefined : gte(startedAtMs, Date.parse(from)),
    to === undefined ? undefined : lt(startedAtMs, Date.parse(to)),
  );
}

/** Nobody's id for people who never called, so that the list is empty. */
async function callerIdOf(reader: Reader, botId: BotId, text: string): Promise<string> {
  if (text.startsWith(idPrefixes.caller)) return text;
  return (await findReference(reader, botId, text)).standing?.caller.id ?? "";
}

/** Calls that come after the cursor in the order of the list. */
function isBefore(cursor: string | undefined): SQL | undefined {
  const key = readCursor(cursor);
  if (key === null) return undefined;
  const [, startedAtMs, id] = /^(\d{1,16})\.(call_\w{26})$/.exec(key) ?? [];
  if (startedAtMs === undefined || id === undefined)
    throw invalid("cursor", "This cursor is not one of ours. Start without a cursor.");
  return sql`(${whatsappCalls.startedAtMs}, ${whatsappCalls.id}) < (${Number(startedAtMs)}, ${id})`;
}
