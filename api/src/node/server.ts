import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import { type BareStatus, bareRefusal, findBadForm, refuseConnection } from "./refusals.ts";
import { type ServerLimits, standardServerLimits } from "./server-limits.ts";

/** Answers a request; `peerAddress` is the socket's other end. */
type Fetch = (request: Request, env: { readonly peerAddress: string | null }) => Response | Promise<Response>;

/** A server that listens. */
export interface RunningServer {
  /** The port, also when 0 was asked for. */
  readonly port: number;
  /** Takes no more connections, lets answers in the making end, then cuts the rest. */
  stop(): Promise<void>;
}

/** Listens on host and port. @throws the system's error, for example when the port is taken */
export async function startServer(
  fetch: Fetch,
  port: number,
  host: string,
  limits: ServerLimits = standardServerLimits,
): Promise<RunningServer> {
  const options = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.connectionCheckMs,
    maxHeaderSize: limits.headerBytesMax,
    // Node would answer in a form of its own; the listener refuses these as well.
    requireHostHeader: false,
  };
  const exchanges: Exchanges = new WeakMap();
  const server = createServer(options, createListener(fetch, limits, exchanges));
  // Node would drop the fields beyond its own limit without a word; the listener refuses the request instead.
  server.maxHeadersCount = 0;
  server.on("clientError", (err, socket) => refuseInTurn(err, socket, exchanges.get(socket)));
  server.on("request", (_req, res) => leaveAtStop(server, res));
  server.on("checkExpectation", (_req, res) => refuse(res, 417));
  await listen(server, port, host);
  return { port: portOf(server), stop: () => stop(server, limits.stopGraceMs) };
}

/**
 * A server that stops keeps no connection: clients whose streams ended would come back on theirs at once, to the process
 * that is about to end.
 */
function leaveAtStop(server: Server, res: ServerResponse): void {
  if (!server.listening && !res.headersSent) res.setHeader("Connection", "close");
  res.once("close", () => {
    if (!server.listening) setImmediate(() => server.closeIdleConnections());
  });
}

/** The request a connection is being answered for, by its socket. */
type Exchanges = WeakMap<Duplex, { readonly req: IncomingMessage; readonly res: ServerResponse }>;

/** What follows a complete request cannot be its fault: that one is answered first, as it would be without. */
function refuseInTurn(err: Error, socket: Duplex, open: ReturnType<Exchanges["get"]>): void {
  if (open?.req.complete && !open.res.writableFinished) open.res.once("finish", () => refuseConnection(err, socket));
  else refuseConnection(err, socket);
}

function createListener(fetch: Fetch, limits: ServerLimits, exchanges: Exchanges): RequestListener {
  const answer = getRequestListener(
    (request, env) => fetch(request, { peerAddress: env.incoming.socket.remoteAddress ?? null }),
    { errorHandler: answerUnanswered },
  );
  return (req, res) => {
    exchanges.set(req.socket, { req, res });
    const status = findBadForm(req, limits);
    if (status !== null) return refuse(res, status);
    void answer(req, res);
  };
}

/** For targets and hosts that make no URL, and for a `fetch` that breaks its word and rejects. */
function answerUnanswered(err: unknown): Response {
  const status = err instanceof RequestError ? 400 : 500;
  const { headers, body } = bareRefusal(status);
  return new Response(body, { status, headers });
}

function refuse(res: ServerResponse, status: BareStatus): void {
  const { headers, body } = bareRefusal(status);
  res.writeHead(status, headers);
  res.end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

function stop(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  server.close(() => {
    clearTimeout(cut);
    resolve();
  });
  server.closeIdleConnections();
  return promise;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
