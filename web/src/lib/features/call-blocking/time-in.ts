/** What clocks of an IANA zone show at an instant, in hours and minutes. null: there is no such zone. */
export function timeIn(timeZone: string, atMs: number): string | null {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone }).format(atMs);
  } catch {
    return null;
  }
}
