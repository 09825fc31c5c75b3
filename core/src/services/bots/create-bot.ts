import { bots, callBlockingSettings, custody, type TeamId } from "@switchboard/db/schema";
import { and, eq, isNull } from "drizzle-orm";
import type { z } from "zod";
import { actorName, type ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { authorizeTeam, botIdsOf } from "../access.ts";
import { newBotId } from "../branded-ids.ts";
import { writeAudit } from "../records.ts";
import { emitBotState } from "./internal.ts";
import type { BotView, createBotSchema } from "./schemas.ts";

/**
 * Makes a bot, stopped and not linked, with call blocking off.
 * @throws ServiceError scope-missing; forbidden for a key limited to named bots; conflict when the team has the name
 */
export async function createBot(ctx: ServiceContext, input: z.output<typeof createBotSchema>): Promise<BotView> {
  const { teamId } = authorizeTeam(ctx, "bots:write");
  if (botIdsOf(ctx.actor) !== null)
    throw new ServiceError("forbidden", "This API key is limited to named bots and cannot make new ones.");
  const nowMs = ctx.clock.nowMs();
  const botId = newBotId(ctx.ids);
  const author = actorName(ctx.actor);
  return ctx.db.write(async (tx) => {
    await refuseTakenName(tx, teamId, input.name);
    const times = { createdAtMs: nowMs, updatedAtMs: nowMs, stateSinceMs: nowMs };
    await tx.insert(bots).values({ id: botId, teamId, name: input.name, createdBy: author, ...times });
    await tx.insert(custody).values({ botId });
    const settings = { botId, teamId, timeZone: input.timeZone ?? "UTC", updatedAtMs: nowMs, updatedBy: author };
    await tx.insert(callBlockingSettings).values(settings);
    await writeAudit(tx, ctx, { action: "bot.create", objectId: botId, botId, teamId });
    return emitBotState(tx, ctx, botId);
  });
}

/** @throws ServiceError conflict when another bot of the team has the name */
export async function refuseTakenName(
  tx: Parameters<Parameters<ServiceContext["db"]["write"]>[0]>[0],
  teamId: TeamId,
  name: string,
  exceptBotId?: string,
): Promise<void> {
  const [taken] = await tx
    .select({ id: bots.id })
    .from(bots)
    .where(and(eq(bots.teamId, teamId), eq(bots.name, name), isNull(bots.deletedAtMs)));
  if (taken && taken.id !== exceptBotId)
    throw new ServiceError("conflict", "Your team already has a bot of this name. Choose another name.");
}
