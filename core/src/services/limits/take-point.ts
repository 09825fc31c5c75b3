import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { countPoints } from "./count-points.ts";

/** What is left of a quota after a point was taken. */
export interface QuotaState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** The state of a quota under the name callers know it by. */
export interface NamedQuotaState extends QuotaState {
  readonly policy: string;
  readonly windowSeconds: number;
}

/**
 * Takes one point of a quota that all processes share: `limit` points per fixed window of `windowSeconds`, which begins
 * with the first point. One statement, so parallel requests cannot pass together. The first two parts of the key are the
 * name of its policy: `sign-in:address:…` is told as `sign-in-address`.
 * @throws ServiceError rate-limited with the seconds to wait
 */
export async function takePoint(
  ctx: Pick<ServiceContext, "db" | "clock" | "tellQuota">,
  key: string,
  limit: number,
  windowSeconds: number,
): Promise<QuotaState> {
  const policy = key.split(":", 2).join("-");
  const counted = (await countPoints(ctx, [{ key, points: 1, windowSeconds }])).get(key);
  const nowMs = ctx.clock.nowMs();
  const points = counted?.points ?? 1;
  const expiresAtMs = counted?.expiresAtMs ?? nowMs + windowSeconds * 1000;
  const resetSeconds = secondsUntil(expiresAtMs, nowMs);
  const state = { limit, remaining: Math.max(0, limit - points), resetSeconds };
  ctx.tellQuota?.({ ...state, policy, windowSeconds });
  if (points > limit) throw tooManyRequests([policy], resetSeconds);
  return state;
}

/** The refusal of a request whose quotas are used up; `policies` are their names. */
export const tooManyRequests = (policies: readonly string[], resetSeconds: number) =>
  new ServiceError("rate-limited", `Too many requests. Try again in ${resetSeconds} seconds.`, {
    retryAfterSeconds: resetSeconds,
    extra: { "violated-policies": policies },
  });

/** Whole seconds until an instant, at least one: a wait of none would be repeated at once. */
export const secondsUntil = (atMs: number, nowMs: number): number => Math.max(1, Math.ceil((atMs - nowMs) / 1000));
