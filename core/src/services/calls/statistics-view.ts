import {
  countCallsByDay,
  type DayTotals,
  findTopCallers,
  type TopCaller,
} from "@switchboard/db/queries/call-statistics";
import type { BotId } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { type DayCounts, summarize, withEmptyDays } from "../../domain/statistics.ts";
import { type CalendarDay, calendarDay, dayMs } from "../../domain/time-window.ts";
import { invalid } from "../../errors.ts";
import { toInstant } from "../bots/internal.ts";
import { toStanding } from "./internal.ts";
import type { CallStatisticsView } from "./schemas.ts";

/** Days shown when no span is asked for, today included. */
const DEFAULT_DAYS = 7;

/** Longest span in days: one read adds up every call in it. */
const SPAN_DAYS_MAX = 366;

const TOP_CALLERS = 10;

/** A span of time as asked for; the missing ends are filled in by {@link spanOf}. */
export interface AskedSpan {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A span as instants; `startMs` is inside, `endMs` is not. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The span that is meant: until now, and from the beginning of the sixth day before the end in the bot's zone.
 * @throws ServiceError validation-failed beyond 366 days
 */
export function spanOf(asked: AskedSpan, timeZone: string, nowMs: number): Span {
  const fromMs = asked.from === undefined ? null : Date.parse(asked.from);
  const endMs = asked.to === undefined ? Math.max(nowMs, (fromMs ?? 0) + 1) : Date.parse(asked.to);
  const startMs = fromMs ?? calendarDay(endMs - (DEFAULT_DAYS - 1) * dayMs, timeZone).startMs;
  if (endMs - startMs > SPAN_DAYS_MAX * dayMs) throw invalid("from", `Ask for ${SPAN_DAYS_MAX} days at most.`);
  return { startMs, endMs };
}

/**
 * The numbers of a span by the days of the zone: exclusive outcomes of live calls, late and group calls apart; and who
 * called most, with how they stand at `nowMs`.
 */
export async function viewStatistics(
  reader: Reader,
  botId: BotId,
  span: Span,
  { timeZone, nowMs }: { readonly timeZone: string; readonly nowMs: number },
): Promise<CallStatisticsView> {
  const days = daysOf(span, timeZone);
  const totals = await countCallsByDay(reader, botId, days);
  const topCallers = await findTopCallers(reader, botId, span, TOP_CALLERS);
  const counted = totals.flatMap((row) => toDayCounts(row, days[row.day]));
  const summary = summarize(withEmptyDays(counted, { fromMs: span.startMs, toMs: span.endMs }, timeZone));
  return {
    from: toInstant(span.startMs),
    to: toInstant(span.endMs),
    timeZone,
    ...summary,
    callers: topCallers[0]?.callersInSpan ?? 0,
    days: [...summary.days],
    topCallers: topCallers.map((row) => toTopCaller(row, nowMs)),
  };
}

function toTopCaller(row: TopCaller, nowMs: number): CallStatisticsView["topCallers"][number] {
  const { id, phoneNumber, lid, name, calls, blocked, blockId, allowId } = row;
  const block = blockId === null ? null : { id: blockId, expiresAtMs: row.blockExpiresAtMs };
  const allow = allowId === null ? null : { id: allowId, expiresAtMs: row.allowExpiresAtMs };
  const standing = { block: toStanding(block, nowMs), allow: toStanding(allow, nowMs) };
  return { id, phoneNumber, lid, name, ...standing, calls, blocked, lastCallAt: toInstant(row.lastCallAtMs) };
}

/** The days of the zone that the span touches, the first and the last cut to it. */
function daysOf(span: Span, timeZone: string): CalendarDay[] {
  const days: CalendarDay[] = [];
  for (let atMs = span.startMs; atMs < span.endMs; ) {
    const day = calendarDay(atMs, timeZone);
    days.push({ ...day, startMs: atMs, endMs: Math.min(day.endMs, span.endMs) });
    atMs = day.endMs;
  }
  return days;
}

function toDayCounts(row: DayTotals, day: CalendarDay | undefined): DayCounts[] {
  if (!day) return [];
  const { live, late, group, allowed, rejected, blocked, observed, failed } = row;
  const byOutcome = { allowed, rejected, blocked, observed, failed };
  return [{ localDate: day.localDate, live, late, group, byOutcome }];
}
