import type { InfiniteData } from "@tanstack/svelte-query";
import type { Api, Inputs, Outputs } from "./client.ts";
import { untilLeaseEnd } from "./lease-end.ts";

type Filters<T> = Omit<T, "cursor" | "botId">;
/** Filters with the page that is wanted. */
type Wish<T> = Omit<T, "botId">;
/** A question as far as its next time depends on its answer. */
type Asked<T> = { readonly state: { readonly data: T | undefined } };

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
  /** The bots that fit, page by page: `first` puts the first page into the cache, `all` shows as many as were asked for. */
  botPages: (api: Api, filters: Filters<NonNullable<Inputs["bots"]["list"]>> = {}) => {
    const queryKey = ["bots", "pages", filters];
    const read = (cursor: string | null) => api.bots.list.query({ ...filters, ...(cursor !== null && { cursor }) });
    return {
      first: { queryKey, queryFn: async () => ({ pages: [await read(null)], pageParams: [null] }) },
      all: {
        queryKey,
        queryFn: ({ pageParam }: { pageParam: string | null }) => read(pageParam),
        initialPageParam: null as string | null,
        getNextPageParam: ({ nextCursor }: Outputs["bots"]["list"]) => nextCursor,
        refetchInterval: ({ state }: Asked<InfiniteData<Outputs["bots"]["list"]>>) =>
          untilLeaseEnd(state.data?.pages.flatMap(({ items }) => items) ?? [], Date.now()),
      },
    };
  },
  /** The names and holders of the bots, as many as the api gives at once: for pages about something else. */
  botNames: (api: Api) => ({ queryKey: ["bots", "names"], queryFn: () => api.bots.list.query({ limit: 200 }) }),
  botCounts: (api: Api, name: string | undefined) => ({
    queryKey: ["bots", "counts", name ?? ""],
    queryFn: () => api.bots.counts.query(name === undefined ? {} : { name }),
  }),
  bot: (api: Api, botId: string) => ({
    queryKey: ["bot", botId],
    queryFn: () => api.bots.get.query({ botId }),
    refetchInterval: ({ state }: Asked<Outputs["bots"]["get"]>) =>
      untilLeaseEnd(state.data === undefined ? [] : [state.data], Date.now()),
  }),
  botHistory: (api: Api, botId: string, hours: number) => ({
    queryKey: ["history", botId, hours],
    queryFn: () => api.bots.history.query({ botId, hours }),
  }),
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
