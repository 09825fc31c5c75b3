import { and, desc, eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type BotId, bots, custody, events } from "../schema/index.ts";
import type { Reader } from "../types.ts";

/** States that are only true while a holder is alive to keep them so. */
export const liveBotStates = ["connecting", "pairing", "online", "handed-over"] as const;

/**
 * The state a bot is shown in at `nowMs`, for statements that join `bots` with their `custody`: a live state whose
 * holder's lease has run out is shown as `backing-off`, since nobody is there to keep it true.
 * Example: state `online`, lease over since one second: `backing-off`.
 */
export const shownBotState = (nowMs: number): SQL<(typeof bots.$inferSelect)["state"]> =>
  sql`case when ${inArray(bots.state, [...liveBotStates])} and ${custody.expiresAtMs} <= ${nowMs} then 'backing-off' else ${bots.state} end`;

/** What `bot.state` said of a bot: null where the event told of something else, for example of its deletion. */
const toldStates = {
  sequence: events.sequence,
  atMs: events.atMs,
  state: sql<string | null>`json_extract(${events.data}, '$.state')`,
  reason: sql<string | null>`json_extract(${events.data}, '$.reason')`,
  since: sql<string | null>`json_extract(${events.data}, '$.since')`,
};

const isOf = (botId: BotId) => and(eq(events.botId, botId), eq(events.type, "bot.state"));

/**
 * The latest `limit` states that were told of a bot since `fromMs`, the newest first. One range of an index, whose older
 * rows are not read.
 */
export const findToldStates = (reader: Pick<Reader, "select">, botId: BotId, fromMs: number, limit: number) =>
  reader
    .select(toldStates)
    .from(events)
    .where(and(isOf(botId), gte(events.atMs, fromMs)))
    .orderBy(desc(events.sequence))
    .limit(limit);

/** The last state that was told of a bot before `beforeMs`; no row: none is kept. */
export const findToldStateBefore = (reader: Pick<Reader, "select">, botId: BotId, beforeMs: number) =>
  reader
    .select(toldStates)
    .from(events)
    .where(and(isOf(botId), lt(events.atMs, beforeMs)))
    .orderBy(desc(events.sequence))
    .limit(1);
