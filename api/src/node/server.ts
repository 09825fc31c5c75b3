import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";

/** Times of one connection. Slow senders are cut off; a proxy keeps its connections longer than we close them. */
const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 65_000;
/** How often Node looks for connections over their time; its own default is 30 s. */
const CONNECTION_CHECK_MS = 1_000;
/** At a stop, answers in the making get this long; streams are cut then. */
const STOP_GRACE_MS = 5_000;

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
export async function startServer(fetch: Fetch, port: number, host: string): Promise<RunningServer> {
  const options = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: BODY_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
  };
  const listener = getRequestListener((request, env) =>
    fetch(request, { peerAddress: env.incoming.socket.remoteAddress ?? null }),
  );
  const server = createServer(options, listener);
  await listen(server, port, host);
  return { port: portOf(server), stop: () => stop(server) };
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

function stop(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cut = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  server.close(() => {
    clearTimeout(cut);
    resolve();
  });
  server.closeIdleConnections();
  return promise;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
