import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { getOwnedCall, toCallView } from "./internal.ts";
import type { CallView } from "./schemas.ts";

/** One call of a bot by its `call_` id, with the way its decision took. @throws ServiceError not-found, scope-missing */
export async function getCall(ctx: ServiceContext, input: { botId: string; callId: string }): Promise<CallView> {
  const bot = await authorizeBot(ctx, input.botId, "calls:read");
  const found = await getOwnedCall(ctx.db.reader, bot.id, input.callId);
  return toCallView(found.call, found, ctx.clock.nowMs());
}
