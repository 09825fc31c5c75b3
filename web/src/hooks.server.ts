import type { HandleFetch, HandleServerError } from "@sveltejs/kit/hooks";
import { API_PORT, HOST } from "$app/env/private";
import { apiUrlOf } from "./settings.ts";

const apiUrl = apiUrlOf(HOST, API_PORT);
/** A page must not wait for an api that hangs: it says so instead and goes on trying in the browser. */
const API_TIMEOUT_MS = 3_000;

/** What a page asks of the api while it is rendered goes to the api directly, not out and back through the front door. */
export const handleFetch: HandleFetch = ({ event, request, fetch }) => {
  const url = new URL(request.url);
  if (url.origin !== event.url.origin || !url.pathname.startsWith("/api/")) {
    return fetch(request);
  }
  const direct = new Request(`${apiUrl}${url.pathname}${url.search}`, request);
  direct.headers.set("x-forwarded-for", event.getClientAddress());
  direct.headers.set("x-forwarded-proto", event.url.protocol.replace(":", ""));
  direct.headers.set("x-forwarded-host", event.url.host);
  return beforeDeadline(fetch(direct));
};

/**
 * Stops waiting by a timer of our own: an abort signal that is handed on from request to request is held weakly on the
 * way, and was seen to be collected before it could fire, so that the page was never answered.
 */
async function beforeDeadline(answer: Promise<Response>): Promise<Response> {
  const { promise: overrun, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The api did not answer in time")), API_TIMEOUT_MS);
  return Promise.race([answer, overrun]).finally(() => clearTimeout(timer));
}

/**
 * For an error nobody foresaw the visitor is given an id that the log holds too, and no message: it may speak of what
 * only operators may know. All others keep their own safe message.
 */
export const handleError: HandleServerError = ({ kind, error, event }) => {
  if (kind !== "unknown") {
    return;
  }
  const errorId = crypto.randomUUID();
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${JSON.stringify({ level: "error", errorId, route: event.route.id, stack })}\n`);
  return { message: "Something went wrong", errorId };
};
