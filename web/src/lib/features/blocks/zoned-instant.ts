const MINUTE_MS = 60_000;

/**
 * The instant at which clocks of an IANA zone show a local time such as `2026-03-29T02:30`. A time that is skipped when
 * clocks go forward means as much later as they were moved; one that comes twice, the first of both.
 * null: the text is no local time.
 */
export function instantOf(localTime: string, timeZone: string): string | null {
  const wallMs = Date.parse(`${localTime}Z`);
  if (Number.isNaN(wallMs)) return null;
  const dayMs = 86_400_000;
  const before = wallMs - offsetMs(wallMs - dayMs, timeZone);
  const after = wallMs - offsetMs(wallMs + dayMs, timeZone);
  const shown = (atMs: number) => atMs + offsetMs(atMs, timeZone);
  const atMs = shown(before) === wallMs ? before : shown(after) === wallMs ? after : before;
  return new Date(atMs).toISOString();
}

/** What clocks of the zone show at an instant, in whole minutes, as a `datetime-local` field takes it. */
export const localTimeOf = (atMs: number, timeZone: string): string =>
  new Date(atMs + offsetMs(atMs, timeZone)).toISOString().slice(0, 16);

/** By how much clocks of the zone are ahead of UTC. */
function offsetMs(atMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wallMs = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round((wallMs - atMs) / MINUTE_MS) * MINUTE_MS;
}
