import type { FieldRefusal } from "#lib/api/refusal.ts";
import { addDays, type InstantSpan, isLocalDate, spanOfDays, todayIn } from "#lib/features/calls/local-days.ts";

/** Ranges of days that are offered, today included. */
export const RANGES_DAYS = [7, 30, 90] as const;

/** Days of the bot's zone whose calls are added up, both inside. */
export interface DaySpan {
  /** One of the offered ranges; null: a span of one's own. */
  readonly rangeDays: number | null;
  readonly from: string;
  readonly to: string;
}

type Params = Pick<URLSearchParams, "get">;

/** The span of an address; the week until today where it names none. Check it with {@link problemsOfSpan} first. */
export function readSpan(params: Params, timeZone: string, nowMs: number): DaySpan {
  const today = todayIn(timeZone, nowMs);
  const [from, to] = [params.get("from"), params.get("to")];
  if (from || to) {
    const last = to || today;
    return { rangeDays: null, from: from || addDays(last, 1 - RANGES_DAYS[0]), to: last };
  }
  const rangeDays = Number(params.get("days") ?? RANGES_DAYS[0]);
  return { rangeDays, from: addDays(today, 1 - rangeDays), to: today };
}

/** What is wrong with the span of an address that somebody wrote by hand; empty: nothing that can be told here. */
export function problemsOfSpan(params: Params): readonly FieldRefusal[] {
  const [from, to, days] = [params.get("from"), params.get("to"), params.get("days")];
  return [
    ...unlessDay("from", from),
    ...unlessDay("to", to),
    ...(from && to && isLocalDate(from) && isLocalDate(to) && from > to
      ? [{ path: "from", message: "The first day must not come after the last." }]
      : []),
    ...(days !== null && !RANGES_DAYS.some((range) => String(range) === days)
      ? [
          {
            path: "days",
            message: `There is no range of “${days}” days. Choose one of those offered, or days of your own.`,
          },
        ]
      : []),
  ];
}

/** The question to the api: an offered range goes on until now. */
export function instantsOf({ rangeDays, from, to }: DaySpan, timeZone: string): InstantSpan {
  return spanOfDays(from, rangeDays === null ? to : null, timeZone);
}

function unlessDay(path: string, value: string | null): FieldRefusal[] {
  if (!value || isLocalDate(value)) return [];
  return [{ path, message: `“${value}” is no day. Write it as 2026-12-31.` }];
}
