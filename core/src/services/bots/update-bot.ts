import { bots, callBlockingSettings } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import type { z } from "zod";
import { actorName, type ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { writeAudit } from "../records.ts";
import { refuseTakenName } from "./create-bot.ts";
import { emitBotState } from "./internal.ts";
import type { BotView, updateBotSchema } from "./schemas.ts";

/** Renames a bot or moves it to another time zone. @throws ServiceError not-found, scope-missing, conflict (name taken) */
export async function updateBot(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof updateBotSchema>,
): Promise<BotView> {
  const bot = await authorizeBot(ctx, input.botId, "bots:write");
  const { name, timeZone } = input;
  const updatedAtMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    if (name !== undefined) {
      await refuseTakenName(tx, bot.teamId, name, bot.id);
      await tx.update(bots).set({ name, updatedAtMs }).where(eq(bots.id, bot.id));
    }
    if (timeZone !== undefined) {
      const version = sql`${callBlockingSettings.version} + 1`;
      await tx
        .update(callBlockingSettings)
        .set({ timeZone, version, updatedAtMs, updatedBy: actorName(ctx.actor) })
        .where(eq(callBlockingSettings.botId, bot.id));
    }
    const detail = { name, timeZone };
    const target = { objectId: bot.id, botId: bot.id, teamId: bot.teamId };
    await writeAudit(tx, ctx, { action: "bot.update", ...target, detail });
    return emitBotState(tx, ctx, bot.id);
  });
}
