import { sessionTokens } from "@switchboard/db/schema";
import { and, gt, isNull, sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";

/** A token that ends within this is about to: its holder should have renewed it by now. */
const EXPIRING_MS = 10 * 60 * 1000;

/** How many session tokens of the installation are good now, and how many of those end within ten minutes. */
export interface LiveTokenCounts {
  readonly active: number;
  readonly expiring: number;
}

/**
 * Counts the tokens that are neither over nor revoked. Those whose key or person is gone count until they end. Holds nothing
 * of any team, so nobody has to be authorised.
 */
export async function countLiveTokens({ db, clock }: Pick<ServiceContext, "db" | "clock">): Promise<LiveTokenCounts> {
  const nowMs = clock.nowMs();
  const isExpiring = sql`${sessionTokens.expiresAtMs} <= ${nowMs + EXPIRING_MS}`;
  const [counts] = await db.reader
    .select({ active: sql<number>`count(*)`, expiring: sql<number>`coalesce(sum(${isExpiring}), 0)` })
    .from(sessionTokens)
    .where(and(gt(sessionTokens.expiresAtMs, nowMs), isNull(sessionTokens.revokedAtMs)));
  return counts ?? { active: 0, expiring: 0 };
}
