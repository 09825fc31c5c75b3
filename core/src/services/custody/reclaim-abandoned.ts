import { isAbandoned, readCustody } from "@switchboard/db/queries/custody-control";
import { writeAudit } from "../records.ts";
import { assignBot, backToWorkers, giveToWorkers, leaseOf } from "./internal.ts";
import { asSystem, type KeeperContext, noteExpired } from "./note-expired-leases.ts";

/** Bots per run; workers ask again within seconds. */
const BATCH = 50;

/**
 * Gives bots back to the workers whose microservice has been gone for RECLAIM_AFTER, or twice the life of its lease, or has
 * no lease at all: they
 * are assigned to them, with `lease.expired` where that was not told yet and an audit row. The grant to a worker raises
 * the epoch, not this. Safe to run from many processes at once; of them one reclaims a bot. Answers how many.
 */
export async function reclaimAbandoned(ctx: KeeperContext): Promise<number> {
  const { reclaimAfterSeconds } = ctx.settings;
  const condition = isAbandoned(reclaimAfterSeconds === null ? null : reclaimAfterSeconds * 1000);
  if ((await readCustody(ctx.db.reader, condition)).length === 0) return 0;
  return ctx.db.write(async (tx) => {
    await noteExpired(tx, ctx);
    const abandoned = await readCustody(tx, condition, BATCH);
    for (const reading of abandoned) {
      const { bot } = reading;
      const lease = leaseOf(reading);
      // Without a lease nobody was using it: what it is was told before.
      if (lease === null) await giveToWorkers(tx, ctx, bot);
      else await assignBot(tx, ctx, bot, backToWorkers(bot, "holder-gone"));
      const target = { objectId: lease?.id ?? null, teamId: bot.teamId, botId: bot.id };
      const detail = { epoch: reading.custody.epoch, holder: lease?.holder ?? null };
      await writeAudit(tx, asSystem(ctx), { ...target, action: "lease.reclaim", detail });
    }
    return abandoned.length;
  });
}
