import type { ServiceContext } from "@switchboard/core/context";
import { notFound, ServiceError } from "@switchboard/core/errors";
import { countHeldLeases } from "@switchboard/core/services/custody/count-held-leases";
import { countLiveTokens } from "@switchboard/core/services/sessions/count-live-tokens";
import { type Context, Hono } from "hono";
import { isLoopback } from "../client-address.ts";
import { readBearer } from "../credentials.ts";
import type { LiveCounts } from "../metrics.ts";
import type { ApiEnv } from "../router.ts";
import { isSecret } from "../secrets.ts";

/** Fields by which a proxy shows itself: behind one, a request from loopback is not one of this machine. */
const PROXY_FIELDS = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via"];

/** What machines that run the product ask of it; no part of the public API. */
export function operationRoutes() {
  const router = new Hono<ApiEnv>();
  router.get("/health", (c) => c.json({ status: "ok" }));
  router.get("/ready", async (c) => {
    await c.var.ctx.db.ping();
    return c.json({ status: "ready" });
  });
  router.get("/metrics", async (c) => {
    await authorizeMetrics(c);
    const live = await countLive(c.var.ctx).catch(() => null);
    const { contentType, text } = await c.var.deps.metrics.render(live);
    return c.body(text, 200, { "Content-Type": contentType });
  });
  return router;
}

async function countLive(ctx: ServiceContext): Promise<LiveCounts> {
  const [tokens, leases] = await Promise.all([countLiveTokens(ctx), countHeldLeases(ctx)]);
  return { tokens, leases };
}

/** With METRICS_TOKEN its bearer; without it requests of this machine only, and for others there is nothing here. */
async function authorizeMetrics(c: Context<ApiEnv>): Promise<void> {
  const { metricsToken } = c.var.deps.settings;
  if (metricsToken !== null) {
    if (await isSecret(readBearer(c.req.raw.headers), metricsToken)) return;
    throw new ServiceError("unauthenticated", "Send the metrics token as a bearer.");
  }
  const isProxied = PROXY_FIELDS.some((name) => c.req.header(name) !== undefined);
  const peer = c.env?.peerAddress ?? null;
  if (isProxied || peer === null || !isLoopback(peer)) throw notFound();
}
