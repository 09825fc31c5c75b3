import { actorName, type ServiceContext } from "@switchboard/core/context";
import { ServiceError } from "@switchboard/core/errors";
import { type QuotaState, takePoint } from "@switchboard/core/services/limits/take-point";
import type { Context, MiddlewareHandler } from "hono";
import type { ApiEnv } from "../router.ts";

const WINDOW_SECONDS = 60;

/**
 * Takes a point of the quota of the credential, or of the address where none was accepted, and tells what is left in the
 * form of draft-ietf-httpapi-ratelimit-headers. All processes share the quota.
 */
export const limitRate: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const limit = c.var.deps.settings.requestsPerMinute;
  c.header("RateLimit-Policy", `"default";q=${limit};w=${WINDOW_SECONDS}`);
  tellQuota(c, await takeRequest(c, limit));
  await next();
};

async function takeRequest(c: Context<ApiEnv>, limit: number): Promise<QuotaState> {
  try {
    return await takePoint(c.var.ctx, `rest:${quotaOwner(c.var.ctx)}`, limit, WINDOW_SECONDS);
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

/** Tokens of one bot share a quota with nobody else; requests without a credential share that of their address. */
const quotaOwner = ({ actor, request }: ServiceContext): string =>
  actor.kind === "anonymous" ? `address:${request.address ?? "unknown"}` : actorName(actor);
