import { and, asc, desc, eq, gt, inArray, max, sql } from "drizzle-orm";
import { type BotId, events } from "../schema/index.ts";
import type { Reader } from "../types.ts";

type Selects = Pick<Reader, "select">;

/** The newest sequence of the installation; null before its first event. */
export const findNewestSequence = (reader: Selects) => reader.select({ value: max(events.sequence) }).from(events);

/** The last event that says who was granted this lease: nothing before it is about it. No row once that is forgotten. */
export const findGrantEvent = (reader: Selects, { botId, leaseId }: { botId: BotId; leaseId: string }) =>
  reader
    .select({ sequence: events.sequence })
    .from(events)
    .where(
      and(
        eq(events.botId, botId),
        eq(events.type, "lease.acquired"),
        sql`json_extract(${events.data}, '$.lease.id') = ${leaseId}`,
      ),
    )
    .orderBy(desc(events.sequence))
    .limit(1);

/** What to look for in the events of one bot. */
export interface EventsWanted {
  readonly botId: BotId;
  readonly types: readonly string[];
  readonly afterSequence: number;
  readonly limit: number;
}

/**
 * The events of a bot of these types after a place, oldest first. Each type is one range of an index, so it costs what it
 * finds, however much else the bot and its team went through.
 */
export const findEventsOfBot = (reader: Selects, { botId, types, afterSequence, limit }: EventsWanted) =>
  reader
    .select()
    .from(events)
    .where(and(eq(events.botId, botId), inArray(events.type, [...types]), gt(events.sequence, afterSequence)))
    .orderBy(asc(events.sequence))
    .limit(limit);
