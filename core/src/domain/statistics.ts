import { type CalendarDay, calendarDay } from "./time-window.ts";
import { type CallKind, type CallOutcome, callOutcomes } from "./vocabulary.ts";

/** What a stored call adds to the statistics. */
export interface CountableCall {
  readonly startedAtMs: number;
  readonly kind: CallKind;
  readonly late: boolean;
  readonly outcome: CallOutcome;
}

/**
 * Numbers of a span of time. Every call is in exactly one of `live` (one caller, in time), `late` (one caller, too
 * late to act on) and `group`. `byOutcome` splits `live`; its sum is `live`.
 */
export interface CallCounts {
  readonly live: number;
  readonly late: number;
  readonly group: number;
  readonly byOutcome: Readonly<Record<CallOutcome, number>>;
}

/** The numbers of one calendar day of the bot's zone. `localDate` is `YYYY-MM-DD`. */
export interface DayCounts extends CallCounts {
  readonly localDate: string;
}

/** The numbers of a whole span, and of each of its days in order. */
export interface CallStatistics extends CallCounts {
  readonly total: number;
  /** Blocked live calls divided by all live calls, blocked ones included; null without live calls. */
  readonly blockedRatio: number | null;
  readonly days: readonly DayCounts[];
}

/** Nothing. */
export const noCalls: CallCounts = {
  live: 0,
  late: 0,
  group: 0,
  byOutcome: { allowed: 0, rejected: 0, blocked: 0, observed: 0, failed: 0 },
};

/** Adds stored calls up by the days of the zone. Only days with calls appear; see {@link withEmptyDays}. */
export function countByDay(calls: Iterable<CountableCall>, timeZone: string): readonly DayCounts[] {
  const tallies = new Map<string, Tally>();
  let day: CalendarDay | null = null;
  for (const call of calls) {
    const { startedAtMs } = call;
    if (day === null || startedAtMs < day.startMs || startedAtMs >= day.endMs) day = calendarDay(startedAtMs, timeZone);
    const tally = tallies.get(day.localDate) ?? newTally();
    tallies.set(day.localDate, tally);
    addCall(tally, call);
  }
  return inOrder(tallies);
}

/** Sums days up. Days may come from stored counters, in any order, and one date may come more than once. */
export function summarize(days: readonly DayCounts[]): CallStatistics {
  const byDate = new Map<string, CallCounts>();
  for (const day of days) byDate.set(day.localDate, addCounts(byDate.get(day.localDate) ?? noCalls, day));
  const sum = days.reduce<CallCounts>(addCounts, noCalls);
  const blockedRatio = sum.live === 0 ? null : sum.byOutcome.blocked / sum.live;
  return { ...sum, total: sum.live + sum.late + sum.group, blockedRatio, days: inOrder(byDate) };
}

/** The same days with empty ones put in for every date of the zone from `fromMs` up to and without `toMs`. */
export function withEmptyDays(
  days: readonly DayCounts[],
  span: { fromMs: number; toMs: number },
  timeZone: string,
): readonly DayCounts[] {
  const byDate = new Map(days.map((day) => [day.localDate, day]));
  let atMs = span.fromMs;
  while (atMs < span.toMs) {
    const day = calendarDay(atMs, timeZone);
    if (!byDate.has(day.localDate)) byDate.set(day.localDate, { localDate: day.localDate, ...noCalls });
    atMs = day.endMs;
  }
  return inOrder(byDate);
}

/** Adds two spans. */
export function addCounts(left: CallCounts, right: CallCounts): CallCounts {
  const byOutcome = { ...left.byOutcome };
  for (const outcome of callOutcomes) byOutcome[outcome] += right.byOutcome[outcome];
  return {
    live: left.live + right.live,
    late: left.late + right.late,
    group: left.group + right.group,
    byOutcome,
  };
}

interface Tally {
  live: number;
  late: number;
  group: number;
  byOutcome: Record<CallOutcome, number>;
}

function newTally(): Tally {
  return { ...noCalls, byOutcome: { ...noCalls.byOutcome } };
}

function addCall(tally: Tally, { kind, late, outcome }: CountableCall): void {
  if (kind === "group") {
    tally.group += 1;
  } else if (late) {
    tally.late += 1;
  } else {
    tally.live += 1;
    tally.byOutcome[outcome] += 1;
  }
}

function inOrder(byDate: ReadonlyMap<string, CallCounts>): readonly DayCounts[] {
  return [...byDate]
    .map(([localDate, counts]) => ({ ...counts, localDate }))
    .sort((left, right) => (left.localDate < right.localDate ? -1 : 1));
}
