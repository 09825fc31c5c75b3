const relativeTime = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/**
 * How long ago an instant was, in words: "3 minutes ago". The same on the server and in the browser, which differ in
 * language and time zone. An instant just ahead of the clock reads "now".
 */
export function describeAge(instant: string, nowMs: number): string {
  const ageMs = Math.max(0, nowMs - Date.parse(instant));
  const [unit, sizeMs] = UNITS.find(([, size]) => ageMs >= size) ?? UNITS[3];
  return relativeTime.format(-Math.floor(ageMs / sizeMs), unit);
}
