import { rateLimits } from "@switchboard/db/schema";
import { sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";

/** What is left of a quota after a point was taken. */
export interface QuotaState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/**
 * Takes one point of a quota that all processes share: `limit` points per fixed window of `windowSeconds`, which begins
 * with the first point. One statement, so parallel requests cannot pass together.
 * @throws ServiceError rate-limited with the seconds to wait
 */
export async function takePoint(
  ctx: Pick<ServiceContext, "db" | "clock">,
  key: string,
  limit: number,
  windowSeconds: number,
): Promise<QuotaState> {
  const nowMs = ctx.clock.nowMs();
  const endMs = nowMs + windowSeconds * 1000;
  const isOver = sql`${rateLimits.expiresAtMs} <= ${nowMs}`;
  const [rows] = await ctx.db.writeBatch((statements) => [
    statements
      .insert(rateLimits)
      .values({ key, points: 1, expiresAtMs: endMs })
      .onConflictDoUpdate({
        target: rateLimits.key,
        set: {
          points: sql`case when ${isOver} then 1 else ${rateLimits.points} + 1 end`,
          expiresAtMs: sql`case when ${isOver} then ${endMs} else ${rateLimits.expiresAtMs} end`,
        },
      })
      .returning(),
  ]);
  const row = rows[0] ?? { points: 1, expiresAtMs: endMs };
  const resetSeconds = Math.max(1, Math.ceil((row.expiresAtMs - nowMs) / 1000));
  if (row.points > limit)
    throw new ServiceError("rate-limited", `Too many requests. Try again in ${resetSeconds} seconds.`, {
      retryAfterSeconds: resetSeconds,
    });
  return { limit, remaining: limit - row.points, resetSeconds };
}
