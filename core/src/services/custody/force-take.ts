import { reserveBot } from "@switchboard/db/queries/custody-control";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { assignedToWorkers } from "../../domain/vocabulary.ts";
import { toInstant } from "../bots/internal.ts";
import { writeAudit } from "../records.ts";
import { botFrozen, custodyOf, giveToWorkers, leaseOf } from "./internal.ts";
import { requireSuccessor } from "./live-key.ts";
import { authorizeCustodian, endLease } from "./revoke-lease.ts";
import type { forceTakeSchema, HandoverView } from "./schemas.ts";

/**
 * Takes the bot from whoever holds it, without asking them, and keeps it for `to` for a minute: for a holder that was told
 * to drain and does not. The holder writes nothing from now on; the next one recovers the session first.
 * @throws ServiceError not-found; forbidden below admin; validation-failed for a `to` that may not hold the bot; bot-frozen
 */
export async function forceTake(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof forceTakeSchema>,
): Promise<HandoverView> {
  const bot = await authorizeCustodian(ctx, input.botId);
  const to = input.to ?? assignedToWorkers;
  return ctx.db.write(async (tx) => {
    await requireSuccessor(tx, ctx, bot, to);
    const reading = await custodyOf(tx, bot.id);
    if (reading.custody.state === "frozen") throw botFrozen();
    if (leaseOf(reading)) await endLease(tx, ctx, reading, { why: "force-taken" });
    const row = await reserveBot(tx, bot.id, to);
    if (!row) throw botFrozen();
    if (to === assignedToWorkers) await giveToWorkers(tx, ctx, (await custodyOf(tx, bot.id)).bot);
    const target = { objectId: bot.id, teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { ...target, action: "lease.reserve", detail: { to, force: true } });
    return { to, deadline: null, reservedUntil: toInstant(row.reservedUntilMs ?? 0) };
  });
}
