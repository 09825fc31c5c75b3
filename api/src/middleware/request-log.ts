import { actorName } from "@switchboard/core/context";
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { ApiEnv } from "../router.ts";

/** Asked for many times a minute by machines; logged only when they fail. */
const QUIET_ROUTES: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics", "/api/system/health"]);

/**
 * One line for each request, and its count. The route's pattern stands for the path: paths and queries may hold phone
 * numbers, or a credential somebody put in the wrong place.
 */
export const requestLog: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const startedMs = performance.now();
  await next();
  const { deps, ctx, credentialFailure } = c.var;
  const durationMs = Math.round(performance.now() - startedMs);
  const { method } = c.req;
  const { status } = c.res;
  const route = matchedRoutes(c).at(-1)?.path ?? "*";
  const isQuiet = QUIET_ROUTES.has(route);
  const credential = isQuiet ? null : credentialFailure ? "rejected" : ctx.actor.kind;
  deps.metrics.requestEnded({ method, route, status, durationMs, credential });
  if (isQuiet && status < 400) return;
  const { id: requestId, address, userAgent } = ctx.request;
  const who = { actor: actorName(ctx.actor), teamId: "teamId" in ctx.actor ? ctx.actor.teamId : null };
  deps.logger.info({ requestId, method, route, status, durationMs, address, userAgent, ...who }, "request");
};
