import type { Handle, HandleFetch, HandleServerError } from "@sveltejs/kit/hooks";
import { readTheme, THEME_COOKIE } from "#lib/theme.ts";
import { API_PORT, FRONT_DOOR_SECRET, HOST } from "$app/env/private";
import { apiUrlOf } from "./settings.ts";

const apiUrl = apiUrlOf(HOST, API_PORT);
/** A page must not wait for an api that hangs: it says so instead and goes on trying in the browser. */
const API_TIMEOUT_MS = 3_000;

/** Writes the person's colours into the page, so that it never flashes in others and needs no inline script. */
export const handle: Handle = ({ event, resolve }) => {
  const theme = readTheme(event.cookies.get(THEME_COOKIE));
  event.locals.theme = theme;
  return resolve(event, {
    transformPageChunk: ({ html }) => html.replace("%switchboard.theme%", theme),
    // What the browser's own first load needs to be given the answers that the server had, instead of asking again.
    filterSerializedResponseHeaders: (name) => name === "content-type" || name === "date",
  });
};

/** What a page asks of the api while it is rendered goes to the api directly, not out and back through the front door. */
export const handleFetch: HandleFetch = ({ event, request, fetch }) => {
  const url = new URL(request.url);
  if (url.origin !== event.url.origin || !/^\/(api|trpc)\//.test(url.pathname)) return fetch(request);
  const direct = new Request(`${apiUrl}${url.pathname}${url.search}`, request);
  const cookie = event.request.headers.get("cookie");
  if (cookie !== null) direct.headers.set("cookie", cookie);
  direct.headers.set("x-forwarded-for", event.getClientAddress());
  direct.headers.set("x-forwarded-proto", event.url.protocol.replace(":", ""));
  direct.headers.set("x-forwarded-host", event.url.host);
  if (FRONT_DOOR_SECRET !== undefined) direct.headers.set("x-switchboard-front-door", FRONT_DOOR_SECRET);
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
