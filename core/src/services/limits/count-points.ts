import { rateLimits } from "@switchboard/db/schema";
import { sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";

/** Points asked of one counter; its window begins with the first point and lasts `windowSeconds`. */
export interface AskedPoints {
  readonly key: string;
  readonly points: number;
  readonly windowSeconds: number;
}

/** A counter after the points were added; it may stand above any limit. */
export interface PointCount {
  readonly points: number;
  readonly expiresAtMs: number;
}

/**
 * Adds points to counters that all processes share, in one statement for all of them, so that parallel requests are
 * counted one after the other. Answers the counters by key. The keys must differ.
 *
 * Guarantee: of the points asked for, those up to a limit L are the asker's alone: `L - (points after - points asked)`.
 * Tie-break: the order in which the database runs the statements. Example: limit 10, eight taken; two ask for two each;
 * one reads 10 and has two, the other reads 12 and has none.
 */
export async function countPoints(
  ctx: Pick<ServiceContext, "db" | "clock">,
  asked: readonly AskedPoints[],
): Promise<ReadonlyMap<string, PointCount>> {
  const nowMs = ctx.clock.nowMs();
  const rows = asked.map(({ key, points, windowSeconds }) => ({
    key,
    points,
    expiresAtMs: nowMs + windowSeconds * 1000,
  }));
  // A window that ends later than two of its lengths from now was begun by a clock that has been set back since.
  const isOver = sql`(${rateLimits.expiresAtMs} <= ${nowMs} or ${rateLimits.expiresAtMs} - ${nowMs} > 2 * (excluded.expires_at_ms - ${nowMs}))`;
  const [counted] = await ctx.db.writeBatch((statements) => [
    statements
      .insert(rateLimits)
      .values(rows)
      .onConflictDoUpdate({
        target: rateLimits.key,
        set: {
          points: sql`excluded.points + case when ${isOver} then 0 else ${rateLimits.points} end`,
          expiresAtMs: sql`case when ${isOver} then excluded.expires_at_ms else ${rateLimits.expiresAtMs} end`,
        },
      })
      .returning(),
  ]);
  return new Map(counted.map(({ key, points, expiresAtMs }) => [key, { points, expiresAtMs }]));
}
