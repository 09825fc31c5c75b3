import { actorName, type ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { writeAudit } from "../records.ts";
import { endRunningBlock, getOwnedBlock, toBlockView } from "./internal.ts";
import type { BlockedContactView, LiftBlockInput } from "./schemas.ts";

/**
 * Unblocks a caller: the row stays as history and can be restored, and the count begins anew. Safe to repeat: a block
 * that is over stays as it is.
 * @throws ServiceError not-found, scope-missing
 */
export async function liftBlock(
  ctx: ServiceContext,
  input: { botId: string; contactId: string } & LiftBlockInput,
): Promise<BlockedContactView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:write");
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const { block, caller } = await getOwnedBlock(tx, bot.id, input.contactId);
    const end = { cause: "lifted", by: actorName(ctx.actor), reason: input.reason ?? null } as const;
    const lifted = await endRunningBlock(tx, ctx, block.id, end);
    if (lifted === null) return toBlockView(block, caller, nowMs);
    const target = { objectId: block.id, botId: bot.id, teamId: bot.teamId };
    await writeAudit(tx, ctx, { action: "block.lift", ...target });
    return toBlockView(lifted, caller, nowMs);
  });
}
