import type { AppRouter } from "@switchboard/api";
import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  type TRPCLink,
} from "@trpc/client";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import superjson from "superjson";
import { createFetchEventSource } from "./fetch-event-source.ts";

export type { AppRouter } from "@switchboard/api";
export { type ClientFailure, describeFailure } from "./failure.ts";

/** The server takes 20 calls in one request. */
const BATCH_SIZE_MAX = 20;

/** Where the api is, and as whom to call it. */
export interface ClientOptions {
  /** Origin of the api or of the dashboard, for example `http://127.0.0.1:8787`. */
  readonly url: string;
  /** A personal access token (`sb_pat_…`); null or left out: only `setup` and `auth.signIn` can be called. API keys are for REST. */
  readonly token?: string | null;
  /** Instead of the global one: for proxies and tests. */
  readonly fetch?: typeof fetch;
}

/** Every procedure of the api, typed. */
export type SwitchboardClient = TRPCClient<AppRouter>;

/** What each procedure takes, by its name: `SwitchboardInputs["bots"]["create"]`. */
export type SwitchboardInputs = inferRouterInputs<AppRouter>;

/** What each procedure answers, by its name: `SwitchboardOutputs["bots"]["get"]`. */
export type SwitchboardOutputs = inferRouterOutputs<AppRouter>;

/** A message of `events.follow`: `ready` once, then each event. */
export type LiveMessage = MessageOf<SwitchboardOutputs["events"]["follow"]>;

/** One thing that happened. */
export type LiveEvent = Extract<LiveMessage, { kind: "event" }>["event"];

/** The stream carries each message with its place. */
type MessageOf<Stream> = Stream extends AsyncIterable<{ readonly data: infer Message }> ? Message : never;

/**
 * A client of the tRPC api. Calls made in the same moment travel as one request; subscriptions are server-sent events
 * and come back by themselves after a lost connection, without a gap.
 *
 * Every call rejects with a TRPCClientError; {@link describeFailure} says what it means.
 */
export function createSwitchboardClient(options: ClientOptions): SwitchboardClient {
  const url = `${options.url.replace(/\/+$/, "")}/trpc`;
  const headers = options.token ? { authorization: `Bearer ${options.token}` } : {};
  const call = options.fetch ?? fetch;
  const calls = httpBatchLink<AppRouter>({
    url,
    headers,
    transformer: superjson,
    maxItems: BATCH_SIZE_MAX,
    fetch: (input, init) => call(input, { ...init, signal: init?.signal ?? null }),
  });
  const subscriptions: TRPCLink<AppRouter> = httpSubscriptionLink({
    url,
    transformer: superjson,
    EventSource: createFetchEventSource({ headers, fetch: call }),
  });
  const link = splitLink({ condition: (op) => op.type === "subscription", true: subscriptions, false: calls });
  return createTRPCClient<AppRouter>({ links: [link] });
}
