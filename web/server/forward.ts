import { randomUUID } from "node:crypto";
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { RequestOrigin } from "./client-address.ts";
import { setSecurityHeaders } from "./security-headers.ts";

const FORWARDED_PATHS = /^\/(?:api|trpc|docs|problems)(?:[/?]|$)/;
/** Speak of one connection, not of the message (RFC 9110, section 7.6.1), so each hop makes its own. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** By this the api knows its own web server; api/src/middleware/request-context.ts reads it. */
const FRONT_DOOR_FIELD = "x-switchboard-front-door";
/** What a browser may say of itself to nobody: whose request it is, under which id, and that it is us. */
const OWN_WORD: ReadonlySet<string> = new Set(["forwarded", "x-real-ip", "x-request-id", "via", FRONT_DOOR_FIELD]);

/**
 * Whether a request target belongs to the api: as it is written, and with its dot segments (`..`, `%2e%2e`) resolved, as
 * the api does. `/api/../ready` does not.
 */
export function belongsToApi(target: string | undefined): boolean {
  if (target === undefined || !FORWARDED_PATHS.test(target)) return false;
  const resolved = URL.parse(target, "http://any");
  return resolved !== null && FORWARDED_PATHS.test(resolved.pathname);
}

/** A forwarder of requests to the api. */
export type ApiForwarder = {
  forward(req: IncomingMessage, res: ServerResponse, origin: RequestOrigin): void;
  /** Closes the connections kept open to the api. */
  close(): void;
};

/**
 * Makes the forwarder: bodies are streamed in both directions, nothing is buffered, and 503 is answered while the api is
 * away. The client's address goes along as the only X-Forwarded-For; what the client wrote there does not. With
 * `frontDoorSecret` the api believes it.
 */
export function createApiForwarder(apiUrl: string, frontDoorSecret: string | undefined): ApiForwarder {
  const agent = new Agent({ keepAlive: true });
  return { forward, close: () => agent.destroy() };

  function forward(req: IncomingMessage, res: ServerResponse, origin: RequestOrigin): void {
    const upstream = request(apiUrl, {
      path: req.url,
      method: req.method,
      headers: requestHeaders(req.headers, origin, frontDoorSecret),
      agent,
    });
    upstream.on("response", (answer) => passAnswer(answer, res));
    upstream.on("error", () => (res.headersSent ? res.destroy() : answerAway(req, res, origin)));
    // The browser went away: the api must not go on producing an answer nobody reads.
    res.on("close", () => upstream.destroy());
    req.pipe(upstream);
  }
}

function requestHeaders(
  headers: IncomingHttpHeaders,
  origin: RequestOrigin,
  frontDoorSecret: string | undefined,
): IncomingHttpHeaders {
  const kept = Object.entries(endToEndHeaders(headers)).filter(([name]) => !OWN_WORD.has(name));
  return {
    ...Object.fromEntries(kept),
    ...(frontDoorSecret === undefined ? {} : { [FRONT_DOOR_FIELD]: frontDoorSecret }),
    "x-forwarded-for": origin.clientAddress,
    "x-forwarded-proto": origin.protocol,
    "x-forwarded-host": origin.host,
    // A body of unknown length keeps its framing; without this Node would send a DELETE's body with none.
    ...(headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" }),
  };
}

function passAnswer(answer: IncomingMessage, res: ServerResponse): void {
  res.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer.headers));
  // An event stream's headers must reach the browser before its first event exists.
  res.flushHeaders();
  pipeline(answer, res, () => undefined);
}

function endToEndHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = String(headers.connection ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

/** The api's own error format, so that a client needs to know one only. */
function answerAway(req: IncomingMessage, res: ServerResponse, { protocol }: RequestOrigin): void {
  const problem = {
    type: "/problems/unavailable",
    title: "Service Unavailable",
    status: 503,
    detail: "The api does not answer. It may be starting; try again in a few seconds.",
    instance: req.url?.replace(/\?.*/s, "") ?? "/",
    code: "unavailable",
    requestId: randomUUID(),
  };
  setSecurityHeaders(res, protocol);
  res.setHeader("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  res.writeHead(503, { "content-type": "application/problem+json", "cache-control": "no-store", "retry-after": "2" });
  res.end(JSON.stringify(problem));
}
