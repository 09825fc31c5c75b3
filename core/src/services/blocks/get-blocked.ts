import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { getOwnedBlock, toBlockView } from "./internal.ts";
import type { BlockedContactView } from "./schemas.ts";

/** One block of a bot, running or over. @throws ServiceError not-found, scope-missing */
export async function getBlocked(
  ctx: ServiceContext,
  input: { botId: string; contactId: string },
): Promise<BlockedContactView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:read");
  const { block, caller } = await getOwnedBlock(ctx.db.reader, bot.id, input.contactId);
  return toBlockView(block, caller, ctx.clock.nowMs());
}
