import type { Api, Inputs } from "./client.ts";

type Filters<T> = Omit<T, "cursor" | "botId">;

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
  bot: (api: Api, botId: string) => ({ queryKey: ["bot", botId], queryFn: () => api.bots.get.query({ botId }) }),
  pairing: (api: Api, botId: string) => ({
    queryKey: ["pairing", botId],
    queryFn: () => api.bots.pairing.get.query({ botId }),
  }),

  callBlocking: (api: Api, botId: string) => ({
    queryKey: ["call-blocking", botId],
    queryFn: () => api.callBlocking.get.query({ botId }),
  }),
  calls: (api: Api, botId: string, filters: Filters<Inputs["calls"]["list"]> = {}) => ({
    queryKey: ["calls", botId, filters],
    queryFn: () => api.calls.list.query({ botId, ...filters }),
  }),
  callStatistics: (api: Api, botId: string, span: Filters<Inputs["calls"]["statistics"]> = {}) => ({
    queryKey: ["statistics", botId, span],
    queryFn: () => api.calls.statistics.query({ botId, ...span }),
  }),
  blocks: (api: Api, botId: string, filters: Filters<Inputs["blocks"]["list"]> = {}) => ({
    queryKey: ["blocks", botId, filters],
    queryFn: () => api.blocks.list.query({ botId, ...filters }),
  }),

  lease: (api: Api, botId: string) => ({ queryKey: ["lease", botId], queryFn: () => api.leases.get.query({ botId }) }),
  sessionTokens: (api: Api, botId: string) => ({
    queryKey: ["tokens", botId],
    queryFn: () => api.sessions.tokens.list.query({ botId }),
  }),

  keys: (api: Api) => ({ queryKey: ["keys"], queryFn: () => api.keys.list.query({ limit: 200 }) }),
  health: (api: Api) => ({ queryKey: ["system", "health"], queryFn: () => api.system.health.query() }),
} as const;
