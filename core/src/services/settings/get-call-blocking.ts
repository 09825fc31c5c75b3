import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { viewSettings } from "./internal.ts";
import type { CallBlockingView } from "./schemas.ts";

/** How a bot screens its calls. @throws ServiceError not-found, scope-missing */
export async function getCallBlocking(ctx: ServiceContext, input: { botId: string }): Promise<CallBlockingView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:read");
  return viewSettings(ctx.db.reader, bot.id, ctx.clock.nowMs());
}
