import type { LimitWindow } from "./vocabulary.ts";

/** One day of 24 hours in milliseconds. A calendar day may last 23 or 25 hours. */
export const dayMs = 86_400_000;

/** A span of time as instants in Unix milliseconds: `startMs` is inside, `endMs` is not. */
export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** A calendar day of a zone. `localDate` is `YYYY-MM-DD`. */
export interface CalendarDay extends TimeWindow {
  readonly localDate: string;
}

/** Widest offsets of IANA zones east and west, with an hour to spare: a local midnight lies within them of UTC's. */
const offsetEastMsMax = 15 * 3_600_000;
const offsetWestMsMax = 13 * 3_600_000;

/** More zone names than IANA has; bounds the cache against endless spellings of one zone. */
const formatterCacheMax = 1_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * Calls arrive out of order: one that began a little later may be decided first, and must not be overlooked. Covers the
 * 60 s a call may be old and a wrong clock.
 */
const rollingOverlapMs = 300_000;

/**
 * The span in which calls count together with one that began at `atMs`: the zone's calendar day around it, or the 24
 * hours that end with it (a call exactly 24 hours older has left), and five minutes more for calls that overtook it.
 * Count with `startMs <= started < endMs`.
 */
export function limitWindowAround(window: LimitWindow, atMs: number, timeZone: string): TimeWindow {
  if (window === "rolling-24h") return { startMs: atMs - dayMs + 1, endMs: atMs + rollingOverlapMs };
  return calendarDay(atMs, timeZone);
}

/**
 * The calendar day of the zone that holds the instant. Days follow each other without gap or overlap, also where
 * midnight does not exist (the day begins when the clocks have jumped) and where it comes twice (the day begins at one
 * of the two, always the same).
 * @throws RangeError for a zone that {@link isTimeZone} refuses
 */
export function calendarDay(atMs: number, timeZone: string): CalendarDay {
  const formatter = formatterOf(timeZone);
  let midnightUtc = startOfUtcDay(wallClock(formatter, atMs));
  let startMs = dayBoundary(formatter, midnightUtc);
  let endMs = dayBoundary(formatter, midnightUtc + dayMs);
  while (atMs >= endMs) {
    midnightUtc += dayMs;
    startMs = endMs;
    endMs = dayBoundary(formatter, midnightUtc + dayMs);
  }
  while (atMs < startMs) {
    midnightUtc -= dayMs;
    endMs = startMs;
    startMs = dayBoundary(formatter, midnightUtc);
  }
  return { startMs, endMs, localDate: dateOf(midnightUtc) };
}

/** The date `YYYY-MM-DD` a calendar on the wall in that zone shows at the instant. */
export function localDate(atMs: number, timeZone: string): string {
  return dateOf(startOfUtcDay(wallClock(formatterOf(timeZone), atMs)));
}

/** Whether the text names a zone of the IANA database, aliases included. Bare offsets like `+02:00` are refused. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{1,63}$/.test(name)) return false;
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The instant at which the zone's clocks pass the given midnight (written as if it were UTC). Where the offset is the
 * same well before and well after, that is plain arithmetic; around a change of clocks it is searched.
 */
function dayBoundary(formatter: Intl.DateTimeFormat, midnightUtc: number): number {
  const earliest = midnightUtc - offsetEastMsMax;
  const latest = midnightUtc + offsetWestMsMax;
  const offsetMs = wallClock(formatter, earliest) - earliest;
  const candidate = midnightUtc - offsetMs;
  const isSteady =
    wallClock(formatter, latest) - latest === offsetMs && wallClock(formatter, candidate) === midnightUtc;
  return isSteady ? candidate : searchBoundary(formatter, midnightUtc, earliest, latest);
}

function searchBoundary(formatter: Intl.DateTimeFormat, midnightUtc: number, before: number, after: number): number {
  let low = Math.floor(before / 1_000);
  let high = Math.ceil(after / 1_000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallClock(formatter, middle * 1_000) >= midnightUtc) high = middle;
    else low = middle;
  }
  return high * 1_000;
}

/** What the zone's clocks show at the instant, read as if it were UTC, in milliseconds. */
function wallClock(formatter: Intl.DateTimeFormat, atMs: number): number {
  const wholeSecondsMs = Math.floor(atMs / 1_000) * 1_000;
  const match = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(formatter.format(wholeSecondsMs));
  if (match === null) throw new RangeError("the calendar of this runtime writes dates in an unknown form");
  const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) + (atMs - wholeSecondsMs);
}

function startOfUtcDay(wallMs: number): number {
  return Math.floor(wallMs / dayMs) * dayMs;
}

function dateOf(midnightUtc: number): string {
  return new Date(midnightUtc).toISOString().slice(0, 10);
}

/** Making a formatter costs some hundred times its use, so each zone has one. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const cached = formatters.get(timeZone);
  if (cached !== undefined) return cached;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  if (formatters.size >= formatterCacheMax) formatters.clear();
  formatters.set(timeZone, formatter);
  return formatter;
}
