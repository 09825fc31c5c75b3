import { sql } from "drizzle-orm";
import type { BotId } from "../schema/index.ts";
import type { Reader } from "../types.ts";

/** A day as instants; `startMs` is inside, `endMs` is not. */
export interface DaySpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** The calls of one day of the list that was asked for; `day` is its index there. Days without calls are absent. */
export interface DayTotals {
  readonly day: number;
  readonly live: number;
  readonly late: number;
  readonly group: number;
  readonly allowed: number;
  readonly rejected: number;
  readonly blocked: number;
  readonly observed: number;
  readonly failed: number;
}

/**
 * Calls of a bot by the days given. The days are the caller's, since the database knows no time zone but its own.
 * Example: `[{day: 0, live: 3, late: 1, group: 0, allowed: 2, rejected: 0, blocked: 1, observed: 0, failed: 0}]`.
 */
export function countCallsByDay(reader: Reader, botId: BotId, days: readonly DaySpan[]): Promise<DayTotals[]> {
  const spans = JSON.stringify(days.map(({ startMs, endMs }) => [startMs, endMs]));
  return reader.all<DayTotals>(sql`
    with days (day, start_ms, end_ms) as (select key, value->>0, value->>1 from json_each(${spans})),
    counted (day, outcome, kind) as (
      select days.day, calls.outcome, case when calls.kind = 'group' then 'group' when calls.is_late then 'late' else 'live' end
      from days cross join whatsapp_calls calls
      where calls.bot_id = ${botId} and calls.started_at_ms >= days.start_ms and calls.started_at_ms < days.end_ms)
    select day,
      sum(kind = 'live') as live, sum(kind = 'late') as late, sum(kind = 'group') as "group",
      sum(kind = 'live' and outcome = 'allowed') as allowed, sum(kind = 'live' and outcome = 'rejected') as rejected,
      sum(kind = 'live' and outcome = 'blocked') as blocked, sum(kind = 'live' and outcome = 'observed') as observed,
      sum(kind = 'live' and outcome = 'failed') as failed
    from counted group by day order by day`);
}

/** One of the people who called most, with the block that is not marked as ended and the allow. */
export interface TopCaller {
  readonly id: string;
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly name: string | null;
  readonly calls: number;
  readonly blocked: number;
  readonly lastCallAtMs: number;
  /** How many people called in the span at all; the same in each row. */
  readonly callersInSpan: number;
  readonly blockId: string | null;
  readonly blockExpiresAtMs: number | null;
  readonly allowId: string | null;
  readonly allowExpiresAtMs: number | null;
}

/** Who called a bot most in a span, live calls of one caller only; ties go to who called last, then by id. */
export function findTopCallers(reader: Reader, botId: BotId, span: DaySpan, limit: number): Promise<TopCaller[]> {
  return reader.all<TopCaller>(sql`
    select callers.id, callers.phone_number as phoneNumber, callers.lid, callers.name, top.calls, top.blocked,
      top.last_ms as lastCallAtMs, top.callers as callersInSpan, blocks.id as blockId,
      blocks.expires_at_ms as blockExpiresAtMs, allows.id as allowId, allows.expires_at_ms as allowExpiresAtMs
    from (
      select caller_id, count(*) as calls, sum(outcome = 'blocked') as blocked, max(started_at_ms) as last_ms,
        count(*) over () as callers
      from whatsapp_calls
      where bot_id = ${botId} and started_at_ms >= ${span.startMs} and started_at_ms < ${span.endMs}
        and kind <> 'group' and not is_late
      group by caller_id order by calls desc, last_ms desc, caller_id limit ${limit}
    ) top inner join callers on callers.id = top.caller_id
      left join whatsapp_blocked_contacts blocks
        on blocks.bot_id = callers.bot_id and blocks.caller_id = callers.id and blocks.ended_at_ms is null
      left join whatsapp_allowed_contacts allows
        on allows.bot_id = callers.bot_id and allows.caller_id = callers.id
    order by top.calls desc, top.last_ms desc, callers.id`);
}
