import { rateLimits } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { inArray, sql } from "drizzle-orm";

/** Gives back a point of each quota in the caller's transaction, for what turned out not to count. */
export async function giveBackPoint(tx: Transaction, keys: readonly string[]): Promise<void> {
  const points = sql`max(0, ${rateLimits.points} - 1)`;
  await tx
    .update(rateLimits)
    .set({ points })
    .where(inArray(rateLimits.key, [...keys]));
}
