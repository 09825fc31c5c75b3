import { QueryCache, QueryClient } from "@tanstack/svelte-query";
import { browser } from "$app/env";
import { isPassing, readRefusal } from "./refusal.ts";

/** The live stream tells of changes; this is how old an answer may be when it does not, for example after a nap. */
const FRESH_MS = 30_000;
const TRIES_MAX = 3;

/**
 * Makes the cache of answers: one per page on the server, so that nobody sees another person's, and one per tab in the
 * browser. `onSignedOut` is called when an answer says that the sign-in is over.
 */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (err) => {
        if (readRefusal(err).code === "unauthenticated") onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        enabled: browser,
        staleTime: FRESH_MS,
        // A page is not held back by an api that is away: the browser asks again.
        retry: (failures, err) => browser && isPassing(err) && failures < TRIES_MAX,
      },
    },
  });
}
