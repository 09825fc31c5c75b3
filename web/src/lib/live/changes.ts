/** What the stream tells of one event, as far as pages need it. */
export interface LiveEvent {
  readonly type: string;
  readonly botId?: string;
}

/** The topics of the cache that each kind of event changes; see lib/api/queries.ts. */
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  "bot.state": ["bots", "bot", "history", "lease"],
  "bot.pairing": ["pairing", "bot", "bots"],
  "bot.logged_out": ["bots", "bot", "pairing", "history"],
  session: ["tokens", "disclosures", "keys"],
  lease: ["lease", "bot", "bots", "keys"],
  call: ["calls", "statistics"],
  // A call of a blocked caller counts as a hit of the block.
  "call.screened": ["calls", "statistics", "blocks"],
  block: ["blocks", "allows", "calls", "call-blocking", "statistics"],
  reply: ["call-blocking"],
  screening: ["system"],
  key: ["keys"],
  worker: ["system"],
};

/** The beginnings of the cache's keys that an event makes old. An event nobody knows makes nothing old. */
export function changedBy({ type, botId }: LiveEvent): readonly (readonly string[])[] {
  const topics = TOPICS[type] ?? TOPICS[type.split(".")[0] ?? ""] ?? [];
  return topics.map((topic) => (botId === undefined || isOfAllBots(topic) ? [topic] : [topic, botId]));
}

const isOfAllBots = (topic: string): boolean => ["bots", "keys", "system"].includes(topic);
