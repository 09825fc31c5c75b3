import type { AppRouter } from "@switchboard/api";
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, type TRPCClient } from "@trpc/client";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import superjson from "superjson";

/** Every procedure of the api, typed. */
export type Api = TRPCClient<AppRouter>;

/** What each procedure takes and answers, for example `Outputs["bots"]["get"]`. */
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

/** A URL may not grow for ever; more calls than fit into one request are sent as several. */
const URL_LENGTH_MAX = 4_000;

/**
 * Makes the client. Calls of one moment travel as one request; a subscription is a stream of its own that comes back by
 * itself after the last message it saw. A `load` hands in its own `fetch`, everything else uses the browser's.
 */
export function createApi(fetcher?: typeof fetch): Api {
  const url = "/trpc";
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({ url, transformer: superjson }),
        false: httpBatchLink({
          url,
          transformer: superjson,
          maxURLLength: URL_LENGTH_MAX,
          ...(fetcher && { fetch: (input, init) => fetcher(input as string, init as RequestInit) }),
        }),
      }),
    ],
  });
}

let browserApi: Api | undefined;

/** The one client of this browser tab. */
export const api = (): Api => {
  browserApi ??= createApi();
  return browserApi;
};
