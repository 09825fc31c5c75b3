import { type BotId, botPairings } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import { ServiceError } from "../../errors.ts";

/**
 * Between the phone's yes and the first login nobody may throw the new identity away: the phone would keep a linked
 * device that nobody holds. Give the transaction, so that nothing can come in between.
 * @throws ServiceError in-progress
 */
export async function refuseWhileLinking(reader: Reader, botId: BotId): Promise<void> {
  const isLinking = and(eq(botPairings.botId, botId), eq(botPairings.state, "linking"));
  const [row] = await reader.select({ botId: botPairings.botId }).from(botPairings).where(isLinking);
  if (!row) return;
  throw new ServiceError("in-progress", "The phone has just agreed to link. Try again in some seconds.", {
    retryAfterSeconds: 5,
  });
}
