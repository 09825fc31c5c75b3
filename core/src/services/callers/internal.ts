import { type BotId, bots, type TeamId } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import { notFound } from "../../errors.ts";

/** The team of a bot that is held. @throws ServiceError not-found */
export async function teamOfBot(reader: Reader, botId: BotId): Promise<TeamId> {
  const [bot] = await reader.select({ teamId: bots.teamId }).from(bots).where(eq(bots.id, botId));
  if (!bot) throw notFound();
  return bot.teamId;
}
