import type { IncomingMessage, ServerResponse } from "node:http";
import type { Simulator } from "../simulator.ts";
import type { Sights } from "../watch/sights.ts";
import { readPageAsset } from "./page-assets.ts";
import { streamStage } from "./stage-stream.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What the control page is served from. */
export interface PageContext {
  readonly simulator: Simulator;
  readonly sights: Sights;
  /** Where the dashboard of the bots is; null when the page shall not link to one. */
  readonly dashboardUrl: string | null;
}

/** Answers a request for the control page or its live stream; false when it asks for something else. */
export async function servePage(context: PageContext, req: IncomingMessage, res: ServerResponse): Promise<boolean> {
  const { pathname } = new URL(req.url ?? "/", "http://control");
  if (req.method !== "GET") return false;
  if (pathname === "/stage") {
    streamStage(res, context.simulator, context.sights, context.dashboardUrl);
    return true;
  }
  const asset = await readPageAsset(pathname);
  if (asset === null) return false;
  res.writeHead(200, {
    "content-type": asset.type,
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  });
  res.end(asset.content);
  return true;
}
