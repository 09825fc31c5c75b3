import { isUntoldExpiry, readCustody } from "@switchboard/db/queries/custody-control";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { writeAudit } from "../records.ts";
import { assignBot, backToWorkers, leaseOf, tellLease } from "./internal.ts";

/** Bots per transaction; what is left goes with the next one. */
export const EXPIRED_LEASES_PER_BATCH = 50;

/** What housekeeping needs: it acts for nobody. */
export type KeeperContext = Pick<ServiceContext, "db" | "clock" | "ids" | "settings" | "keyring">;

/**
 * Tells once of each microservice's lease that has run out, and shows its bot as without a holder. The row stays as it is:
 * the holder may still write under its epoch until somebody is granted the bot. Answers how many.
 */
export function noteExpiredLeases(ctx: KeeperContext): Promise<number> {
  return ctx.db.write((tx) => noteExpired(tx, ctx));
}

/** The same, in the caller's transaction. */
export async function noteExpired(tx: Transaction, ctx: KeeperContext): Promise<number> {
  const expired = await readCustody(tx, isUntoldExpiry(), EXPIRED_LEASES_PER_BATCH);
  for (const reading of expired) {
    const { bot } = reading;
    const lease = leaseOf(reading);
    if (!lease) continue;
    const { assignedTo } = bot;
    await assignBot(tx, ctx, bot, { ...backToWorkers(bot, "holder-gone"), assignedTo });
    const target = { objectId: lease.id, teamId: bot.teamId, botId: bot.id };
    const detail = { epoch: lease.epoch, holder: lease.holder };
    await writeAudit(tx, asSystem(ctx), { ...target, action: "lease.expire", detail });
    await tellLease(tx, ctx, "lease.expired", bot.id, { lease });
  }
  return expired.length;
}

/** The actor of what no request began. */
export const asSystem = <C extends KeeperContext>(ctx: C) =>
  ({
    ...ctx,
    actor: { kind: "system", name: "custody" },
    request: { id: null, address: null, userAgent: null },
  }) as const;
