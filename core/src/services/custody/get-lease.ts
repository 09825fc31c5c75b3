import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { authorizeLease } from "./authorize-lease.ts";
import { custodyOf, toLeaseView } from "./internal.ts";
import type { LeaseView } from "./schemas.ts";

/**
 * Who holds a bot, and since when. A lease token sees the lease it names, for as long as that is the bot's.
 * @throws ServiceError not-found, scope-missing; stale-epoch, lease-lost for a lease token
 */
export async function getLease(ctx: ServiceContext, input: { botId: string }): Promise<LeaseView> {
  const bot =
    ctx.actor.kind === "lease-token"
      ? (await authorizeLease(ctx, input.botId)).bot
      : await authorizeBot(ctx, input.botId, "session:lease");
  return toLeaseView(await custodyOf(ctx.db.reader, bot.id));
}
