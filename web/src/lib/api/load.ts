import { error, redirect } from "@sveltejs/kit";
import type { QueryClient } from "@tanstack/svelte-query";
import { loginPath } from "#lib/navigation.ts";
import { readRefusal } from "./refusal.ts";

interface Query<T> {
  readonly queryKey: readonly unknown[];
  readonly queryFn: () => Promise<T>;
}

interface LoadEvent {
  readonly url: URL;
  readonly parent: () => Promise<{ readonly queryClient: QueryClient }>;
}

/**
 * Puts answers into the cache before a page is shown, on the server and in the browser. `isNeeded` answers decide what is
 * shown at all: without a sign-in the login is, for what is not there "not found". Every other failure is left to the
 * page, which shows it in the place of what is missing and asks again.
 */
export async function preload(event: LoadEvent, ...queries: readonly Query<unknown>[]): Promise<void> {
  // Asked for before anything is awaited, so that calls of one page travel as one request.
  const { queryClient } = await event.parent();
  await Promise.all(queries.map((query) => queryClient.ensureQueryData(query).catch((err) => refuse(event, err))));
}

function refuse({ url }: LoadEvent, err: unknown): void {
  const { code, message } = readRefusal(err);
  if (code === "unauthenticated") redirect(303, loginPath(url));
  if (code === "not-found") error(404, "There is no such thing here. It may have been deleted.");
  if (code === "forbidden") error(403, message);
}
