import { revokeCustody, unfreezeCustody } from "@switchboard/db/queries/custody-control";
import type { ServiceContext } from "../../context.ts";
import { emitBotState } from "../bots/internal.ts";
import { writeAudit } from "../records.ts";
import { assignBot, backToWorkers, custodyOf, leaseOf } from "./internal.ts";
import { authorizeCustodian, endLease } from "./revoke-lease.ts";

/**
 * Ends whatever lease the bot has and lets nobody hold it, worker or microservice, until it is unfrozen. Safe to repeat.
 * @throws ServiceError not-found; forbidden below admin
 */
export async function freezeLease(ctx: ServiceContext, input: { botId: string }): Promise<void> {
  const bot = await authorizeCustodian(ctx, input.botId);
  await ctx.db.write(async (tx) => {
    const reading = await custodyOf(tx, bot.id);
    if (reading.custody.state === "frozen") return;
    const target = { objectId: bot.id, teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { ...target, action: "lease.freeze" });
    if (leaseOf(reading)) return endLease(tx, ctx, reading, { why: "frozen", isFrozen: true });
    await revokeCustody(tx, { botId: bot.id, epoch: reading.custody.epoch }, true);
    await assignBot(tx, ctx, reading.bot, { ...backToWorkers(reading.bot, "custody-frozen") });
  });
}

/** Lets a bot be held again; its lock-delay, where one still runs, is kept. Safe to repeat. @throws ServiceError not-found; forbidden */
export async function unfreezeLease(ctx: ServiceContext, input: { botId: string }): Promise<void> {
  const bot = await authorizeCustodian(ctx, input.botId);
  await ctx.db.write(async (tx) => {
    if (!(await unfreezeCustody(tx, bot.id))) return;
    const target = { objectId: bot.id, teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { ...target, action: "lease.unfreeze" });
    await emitBotState(tx, ctx, bot.id);
  });
}
