import { instantOf, localTimeOf } from "#lib/features/blocks/zoned-instant.ts";

/** A span as the api takes it: `from` inside, `to` outside; an end that is left out is open. */
export interface InstantSpan {
  readonly from?: string;
  readonly to?: string;
}

/** Whether a text is a day that exists, as `2026-03-29`. */
export function isLocalDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const atMs = Date.parse(`${text}T00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

/** The day so many days later, or earlier. @throws {RangeError} for what is no day */
export function addDays(localDate: string, days: number): string {
  const date = new Date(`${localDate}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** The day it is in a zone. */
export const todayIn = (timeZone: string, nowMs: number): string => localTimeOf(nowMs, timeZone).slice(0, 10);

/** From the first moment of one day of the zone to the last of another; null leaves an end open. */
export function spanOfDays(from: string | null, to: string | null, timeZone: string): InstantSpan {
  const start = from && instantOf(`${from}T00:00`, timeZone);
  const end = to && instantOf(`${addDays(to, 1)}T00:00`, timeZone);
  return { ...(start && { from: start }), ...(end && { to: end }) };
}

/** A day in words: "Mon 5 Jan 2026". Made of parts, since engines differ in the commas between them. */
export function describeDay(localDate: string): string {
  const date = new Date(`${localDate}T00:00Z`);
  return `${weekdayFormat.format(date)} ${describeDayShort(localDate)} ${localDate.slice(0, 4)}`;
}

/** The same where weekday and year are plain: "5 Jan". */
export const describeDayShort = (localDate: string): string => shortFormat.format(new Date(`${localDate}T00:00Z`));

const weekdayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });
const shortFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
