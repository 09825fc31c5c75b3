import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { viewBot } from "./internal.ts";
import type { BotView } from "./schemas.ts";

/** One bot. @throws ServiceError not-found, scope-missing */
export async function getBot(ctx: ServiceContext, input: { botId: string }): Promise<BotView> {
  const bot = await authorizeBot(ctx, input.botId, "bots:read");
  return viewBot(ctx.db.reader, bot.id, ctx.clock.nowMs());
}
