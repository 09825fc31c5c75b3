const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const zoned = new Map<string, Intl.DateTimeFormat>();

/**
 * An instant in full, in the given IANA zone, or in UTC and saying so. A page's first words come from the server, whose
 * zone is not the reader's, so neither machine's own zone is used.
 */
export function describeInstant(instant: string, timeZone?: string): string {
  if (timeZone === undefined) return `${format.format(new Date(instant))} UTC`;
  const known = zoned.get(timeZone) ?? inZone(timeZone);
  return known.format(new Date(instant));
}

function inZone(timeZone: string): Intl.DateTimeFormat {
  const made = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone });
  zoned.set(timeZone, made);
  return made;
}
