import { countedAddress } from "@switchboard/core/domain/ip-address";
import { createPointLeases, type PointLeases } from "@switchboard/core/services/limits/point-leases";
import { type NamedQuotaState, tooManyRequests } from "@switchboard/core/services/limits/take-point";
import type { Context, MiddlewareHandler } from "hono";
import { needsNoDatabase } from "../public-answers.ts";
import { costOf, quotasOf, WINDOW_SECONDS } from "../rate-policies.ts";
import type { ApiEnv } from "../router.ts";
import { createLocalQuota, type TakeLocalPoint } from "./local-quota.ts";

/**
 * Takes a point of every quota that applies, and tells in the form of draft-ietf-httpapi-ratelimit-headers which those are
 * and what is left of each, those a verb counts included. All processes share the quotas, but for what is answered without
 * the database: there each process counts by itself, by address. `pk` is not told: a caller knows its own credential and
 * address, and nobody else needs a name for them.
 */
export function limitRate(): MiddlewareHandler<ApiEnv> {
  const takeLocalPoint = createLocalQuota(WINDOW_SECONDS);
  const leases = createPointLeases();
  return async (c, next) => {
    const told = new Map<string, NamedQuotaState>();
    const tell = (quota: NamedQuotaState): void => {
      told.set(quota.policy, quota);
      tellQuotas(c, [...told.values()]);
    };
    c.set("ctx", { ...c.var.ctx, tellQuota: tell });
    const outcome = needsNoDatabase(c.req) ? takeLocal(c, takeLocalPoint) : await takeShared(c, leases);
    for (const state of outcome.states) tell(state);
    if (outcome.violated.length > 0) throw refuse(c, outcome);
    await next();
    tellQuotas(c, [...told.values()]);
  };
}

interface Outcome {
  readonly states: readonly NamedQuotaState[];
  readonly violated: readonly string[];
}

function takeShared(c: Context<ApiEnv>, leases: PointLeases): Promise<Outcome> {
  const { ctx, deps, credentialFailure } = c.var;
  const { method, path } = c.req;
  const request = { method, path, isRejected: credentialFailure !== null };
  return leases.take(ctx, quotasOf(ctx, request, deps.settings.requestsPerMinute), costOf(path));
}

function takeLocal(c: Context<ApiEnv>, takeLocalPoint: TakeLocalPoint): Outcome {
  const { ctx, deps } = c.var;
  const state = takeLocalPoint(ctx.clock, countedAddress(ctx.request.address), deps.settings.requestsPerMinute);
  const named = { ...state, policy: "default", windowSeconds: WINDOW_SECONDS };
  return {
    states: [{ ...named, remaining: Math.max(0, state.remaining) }],
    violated: state.remaining < 0 ? ["default"] : [],
  };
}

function refuse(c: Context<ApiEnv>, { states, violated }: Outcome) {
  for (const policy of violated) c.var.deps.metrics.rateLimited(policy);
  const waits = states.filter(({ policy }) => violated.includes(policy)).map(({ resetSeconds }) => resetSeconds);
  return tooManyRequests(violated, Math.max(...waits));
}

function tellQuotas(c: Context<ApiEnv>, quotas: readonly NamedQuotaState[]): void {
  c.header(
    "RateLimit-Policy",
    quotas.map(({ policy, limit, windowSeconds }) => `"${policy}";q=${limit};w=${windowSeconds}`).join(", "),
  );
  c.header(
    "RateLimit",
    quotas.map(({ policy, remaining, resetSeconds }) => `"${policy}";r=${remaining};t=${resetSeconds}`).join(", "),
  );
}
