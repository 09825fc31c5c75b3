import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Worker } from "./create-worker.ts";
import type { WorkerMetrics } from "./metrics.ts";

/** The worker's own small server. */
export interface WorkerHttp {
  readonly port: number;
  close(): Promise<void>;
}

interface HttpInput {
  readonly worker: Worker;
  readonly metrics: WorkerMetrics;
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Bearer of /metrics; null: only loopback may read them. */
  readonly token: string | null;
}

/** Serves /health (the process lives), /ready (it can read its wishes) and /metrics. @throws when the port is taken */
export async function serveWorkerHttp(input: HttpInput): Promise<WorkerHttp> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 15_000 }, (req, res) => {
    answer(input, req, res).catch(() => send(res, 500, { status: "error" }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(input.port, input.hostname, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(input: HttpInput, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url?.split("?")[0];
  if (req.method !== "GET") return send(res, 405, { status: "method-not-allowed" });
  if (path === "/health") return send(res, 200, { status: "ok" });
  if (path === "/ready")
    return send(res, input.worker.isReady ? 200 : 503, { status: input.worker.isReady ? "ok" : "starting" });
  if (path !== "/metrics") return send(res, 404, { status: "not-found" });
  if (!mayReadMetrics(input.token, req)) return send(res, 401, { status: "unauthenticated" });
  res.writeHead(200, { "content-type": input.metrics.registry.contentType, "cache-control": "no-store" });
  res.end(await input.metrics.registry.metrics());
}

function mayReadMetrics(token: string | null, req: IncomingMessage): boolean {
  if (token === null) return isLoopback(req.socket.remoteAddress ?? "");
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(req.headers.authorization ?? ""), digest(`Bearer ${token}`));
}

const isLoopback = (address: string): boolean => address === "::1" || /^(::ffff:)?127\./.test(address);

function send(res: ServerResponse, status: number, body: Readonly<Record<string, unknown>>): void {
  res.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  res.end(JSON.stringify(body));
}
