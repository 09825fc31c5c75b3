import { bots } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { authorizeBot } from "../access.ts";
import { endLeaseOfDeleted } from "../custody/revoke-lease.ts";
import { emit, writeAudit } from "../records.ts";
import { toInstant } from "./internal.ts";
import { refuseWhileLinking } from "./pairing-row.ts";
import type { deleteBotSchema } from "./schemas.ts";

/**
 * Deletes a bot for everybody at once; a microservice that holds it loses its lease. A linked device is unlinked by its holder as soon as it can connect; the stored
 * session goes with the row afterwards.
 * @throws ServiceError not-found, scope-missing, confirm-mismatch unless `confirm` is the bot's name; in-progress while the
 *   phone has agreed to link and the device is not known yet: deleting it now would leave the phone with a lost device
 */
export async function deleteBot(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof deleteBotSchema>,
): Promise<void> {
  const bot = await authorizeBot(ctx, input.botId, "bots:write");
  if (input.confirm !== bot.name)
    throw new ServiceError("confirm-mismatch", "Repeat the bot's name in `confirm` to delete it.");
  const nowMs = ctx.clock.nowMs();
  await ctx.db.write(async (tx) => {
    await refuseWhileLinking(tx, bot.id);
    const { isLinked } = await authorizeBot(ctx, bot.id, "bots:write", tx);
    if (isLinked) {
      await endLeaseOfDeleted(tx, ctx, bot.id);
      await tx.update(bots).set({ deletedAtMs: nowMs, updatedAtMs: nowMs }).where(eq(bots.id, bot.id));
    } else {
      await tx.delete(bots).where(eq(bots.id, bot.id));
    }
    const target = { teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { action: "bot.delete", objectId: bot.id, ...target });
    const data = { id: bot.id, name: bot.name, deletedAt: toInstant(nowMs) };
    await emit(tx, ctx, { type: "bot.state", ...target, data });
  });
}
