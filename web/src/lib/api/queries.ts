import type { Api, Inputs } from "./client.ts";

type Filters<T> = Omit<T, "cursor" | "botId">;
/** Filters with the page that is wanted. */
type Wish<T> = Omit<T, "botId">;

/**
 * Every question pages ask, with its place in the cache. The first part of a key is its topic, the second the bot, so that
 * the live stream can name what has changed; see lib/live/changes.ts.
 */
export const queries = {
  me: (api: Api) => ({ queryKey: ["me"], queryFn: () => api.auth.me.query() }),
  setupStatus: (api: Api) => ({ queryKey: ["setup"], queryFn: () => api.setup.status.query() }),

  bots: (api: Api, filters: Filters<NonNullable<Inputs["bots"]["list"]>> = {}) => ({
    queryKey: ["bots", filters],
    queryFn: () => api.bots.list.query(filters),
  }),
  /** The names and holders of the bots, as many as the api gives at once: for pages about something else. */
  botNames: (api: Api) => ({ queryKey: ["bots", "names"], queryFn: () => api.bots.list.query({ limit: 200 }) }),
  bot: (api: Api, botId: string) => ({ queryKey: ["bot", botId], queryFn: () => api.bots.get.query({ botId }) }),
  pairing: (api: Api, botId: string) => ({
    queryKey: ["pairing", botId],
    queryFn: () => api.bots.pairing.get.query({ botId }),
  }),

  callBlocking: (api: Api, botId: string) => ({
    queryKey: ["call-blocking", botId],
    queryFn: () => api.callBlocking.get.query({ botId }),
  }),
  calls: (api: Api, botId: string, wish: Wish<Inputs["calls"]["list"]> = {}) => ({
    queryKey: ["calls", botId, wish],
    queryFn: () => api.calls.list.query({ botId, ...wish }),
  }),
  call: (api: Api, botId: string, callId: string) => ({
    queryKey: ["calls", botId, "one", callId],
    queryFn: () => api.calls.get.query({ botId, callId }),
  }),
  callStatistics: (api: Api, botId: string, span: Filters<Inputs["calls"]["statistics"]> = {}) => ({
    queryKey: ["statistics", botId, span],
    queryFn: () => api.calls.statistics.query({ botId, ...span }),
  }),
  blocks: (api: Api, botId: string, wish: Wish<Inputs["blocks"]["list"]> = {}) => ({
    queryKey: ["blocks", botId, wish],
    queryFn: () => api.blocks.list.query({ botId, ...wish }),
  }),
  allows: (api: Api, botId: string, wish: Wish<Inputs["allows"]["list"]> = {}) => ({
    queryKey: ["allows", botId, wish],
    queryFn: () => api.allows.list.query({ botId, ...wish }),
  }),

  lease: (api: Api, botId: string) => ({ queryKey: ["lease", botId], queryFn: () => api.leases.get.query({ botId }) }),
  sessionTokens: (api: Api, botId: string, filters: Filters<Inputs["sessions"]["tokens"]["list"]> = {}) => ({
    queryKey: ["tokens", botId, filters],
    queryFn: () => api.sessions.tokens.list.query({ botId, ...filters }),
  }),
  /** Whenever the bot's session left Switchboard, the newest first. */
  disclosures: (api: Api, botId: string, filters: Filters<NonNullable<Inputs["audit"]["list"]>> = {}) => ({
    queryKey: ["disclosures", botId, filters],
    queryFn: () => api.audit.list.query({ ...filters, botId, action: "session.disclose" }),
  }),

  keys: (api: Api, filters: Filters<NonNullable<Inputs["keys"]["list"]>> = {}) => ({
    queryKey: ["keys", filters],
    queryFn: () => api.keys.list.query({ limit: 200, ...filters }),
  }),
  people: (api: Api) => ({ queryKey: ["people"], queryFn: () => api.users.list.query({ limit: 200 }) }),
  cleanupStatus: (api: Api) => ({ queryKey: ["system", "cleanup"], queryFn: () => api.system.cleanup.status.query() }),
  settings: (api: Api) => ({ queryKey: ["settings"], queryFn: () => api.system.config.query() }),
  health: (api: Api) => ({ queryKey: ["system", "health"], queryFn: () => api.system.health.query() }),
} as const;
