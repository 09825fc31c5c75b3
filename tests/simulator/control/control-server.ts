import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { ZodError } from "zod";
import type { Listener } from "../connection/listener.ts";
import { type PageContext, servePage } from "../control-page/serve-page.ts";
import type { Simulator } from "../simulator.ts";
import { Sights } from "../watch/sights.ts";
import { CONTROL_ROUTES } from "./control-routes.ts";
import { isLocalRequest } from "./local-requests.ts";
import { ControlError, type Route } from "./route.ts";

const MAX_BODY_BYTES = 1024 * 1024;

/** How the control interface is opened. */
export interface ControlOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where the dashboard of the bots is, for a link on the page; null for none. */
  readonly dashboardUrl: string | null;
}

/** Opens the HTTP control interface on 127.0.0.1: a page for people, and commands whose bodies and answers are JSON. */
export async function serveControl(simulator: Simulator, options: ControlOptions): Promise<Listener> {
  const sights = new Sights(simulator.world);
  const context = { simulator, sights, dashboardUrl: options.dashboardUrl };
  const server = createServer((req, res) => void respond(context, req, res));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the control interface has no port");
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        sights.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(context: PageContext, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (!isLocalRequest(req))
    return write(res, 403, { error: "only this machine may ask, and only the page of this port" });
  if (await servePage(context, req, res)) return;
  const { status, body } = await answer(context.simulator, req);
  write(res, status, body);
}

async function answer(simulator: Simulator, req: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const url = new URL(req.url ?? "/", "http://control");
  try {
    const match = findRoute(req.method ?? "GET", url.pathname);
    if (match === null) return { status: 404, body: { error: `no such command: ${req.method} ${url.pathname}` } };
    const body = await readBody(req);
    const request = { simulator, params: match.params, query: url.searchParams, body };
    return { status: 200, body: (await match.route.run(request)) ?? {} };
  } catch (err) {
    if (err instanceof ControlError) return { status: err.status, body: { error: err.message } };
    if (err instanceof ZodError) return { status: 400, body: { error: err.message } };
    return { status: 409, body: { error: err instanceof Error ? err.message : String(err) } };
  }
}

function findRoute(method: string, path: string): { route: Route; params: Record<string, string> } | null {
  const segments = path.split("/").filter((segment) => segment !== "");
  for (const route of CONTROL_ROUTES) {
    const [routeMethod, routePath = ""] = route.command.split(" ");
    const wanted = routePath.split("/").filter((segment) => segment !== "");
    if (routeMethod !== method || wanted.length !== segments.length) continue;
    const params = matchSegments(wanted, segments);
    if (params !== null) return { route, params };
  }
  return null;
}

function matchSegments(wanted: readonly string[], given: readonly string[]): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? "");
    if (segment.startsWith(":")) params[segment.slice(1)] = value;
    else if (segment !== value) return null;
  }
  return params;
}

async function readBody(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of req) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new ControlError(413, "the body is too large");
    chunks.push(chunk);
  }
  if (sizeBytes === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new ControlError(400, "the body is not JSON");
  }
}

function write(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify(body));
}
