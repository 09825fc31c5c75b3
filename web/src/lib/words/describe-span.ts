const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** A length of time by its two largest units: "2 h 5 min". Less than a second reads "0 s". */
export function describeSpan(spanMs: number): string {
  const first = UNITS.findIndex(([, sizeMs]) => spanMs >= sizeMs);
  if (first === -1) return "0 s";
  const parts: string[] = [];
  let restMs = spanMs;
  for (const [unit, sizeMs] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(restMs / sizeMs);
    restMs -= count * sizeMs;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}
