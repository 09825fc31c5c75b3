import { actorName, type ServiceContext } from "@switchboard/core/context";
import { ServiceError } from "@switchboard/core/errors";
import { type QuotaState, takePoint } from "@switchboard/core/services/limits/take-point";
import type { Context, MiddlewareHandler } from "hono";
import { needsNoDatabase } from "../public-answers.ts";
import type { ApiEnv } from "../router.ts";
import { createLocalQuota, type TakeLocalPoint } from "./local-quota.ts";

const WINDOW_SECONDS = 60;

/**
 * Takes a point of the quota of the credential, or of the address where none was accepted, and tells what is left in the
 * form of draft-ietf-httpapi-ratelimit-headers. All processes share the quota, but for what is answered without the
 * database: there each process counts by itself, by address.
 */
export function limitRate(): MiddlewareHandler<ApiEnv> {
  const takeLocalPoint = createLocalQuota(WINDOW_SECONDS);
  return async (c, next) => {
    const limit = c.var.deps.settings.requestsPerMinute;
    c.header("RateLimit-Policy", `"default";q=${limit};w=${WINDOW_SECONDS}`);
    tellQuota(c, await takeRequest(c, limit, takeLocalPoint));
    await next();
  };
}

async function takeRequest(c: Context<ApiEnv>, limit: number, takeLocalPoint: TakeLocalPoint): Promise<QuotaState> {
  const { ctx } = c.var;
  try {
    if (needsNoDatabase(c.req)) return takeLocalPoint(ctx.clock, ctx.request.address ?? "unknown", limit);
    return await takePoint(ctx, `rest:${quotaOwner(ctx)}`, limit, WINDOW_SECONDS);
  } catch (err) {
    if (!(err instanceof ServiceError) || err.code !== "rate-limited") throw err;
    const resetSeconds = err.details.retryAfterSeconds ?? WINDOW_SECONDS;
    tellQuota(c, { limit, remaining: 0, resetSeconds });
    c.var.deps.metrics.rateLimited();
    const extra = { "violated-policies": ["default"] };
    throw new ServiceError("rate-limited", err.message, { ...err.details, extra });
  }
}

const tellQuota = (c: Context<ApiEnv>, quota: QuotaState): void =>
  c.header("RateLimit", `"default";r=${quota.remaining};t=${quota.resetSeconds}`);

/**
 * Requests without a credential share the quota of their address. Session tokens share that of whom they were made for:
 * a use of one makes the next, so a quota of each token's own would never end.
 */
function quotaOwner({ actor, request }: ServiceContext): string {
  if (actor.kind === "anonymous") return `address:${request.address ?? "unknown"}`;
  return actor.kind === "session-token" ? `session-tokens-of:${actor.subject}` : actorName(actor);
}
