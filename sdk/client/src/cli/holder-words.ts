import type { Bot } from "./find-bot.ts";

/** Who holds a bot and since when, in words; null: nobody. */
export function holderWords(holder: Bot["holder"]): string | null {
  if (holder === null) return null;
  const { kind, id, since, expiresAt, drainDeadline, stalledSince } = holder;
  const asked = drainDeadline === null ? "" : `, asked to give it back by ${drainDeadline}`;
  const stalled = stalledSince === null ? "" : `, stalled since ${stalledSince}`;
  return `${kind} ${id} since ${since}, until ${expiresAt}${asked}${stalled}`;
}
