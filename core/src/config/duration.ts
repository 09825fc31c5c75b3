const UNIT_SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds from "90", "90 s", "15m", "24h" or "7d"; null for anything else. */
export function parseSeconds(text: string): number | null {
  const match = /^(\d{1,9})\s*([smhd]?)$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * (UNIT_SECONDS[match[2] ?? ""] ?? 1);
}
