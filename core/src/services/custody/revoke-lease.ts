import { type CustodyReading, readCustody, revokeCustody } from "@switchboard/db/queries/custody-control";
import type { BotId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import type { SQL } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { authorizeBot, authorizeTeamAdmin } from "../access.ts";
import { writeAudit } from "../records.ts";
import { assignBot, backToWorkers, custodyOf, giveToWorkers, leaseOf, tellLease } from "./internal.ts";

/** Leases ended in one transaction; a team has few bots, and a key fewer. */
const LEASES_MAX = 1_000;

/**
 * Ends whatever lease the bot has: its epoch is raised, so that the holder writes nothing from now on, and nobody else is
 * granted it for the lock-delay. Then the workers have it. Safe to repeat; a bot nobody holds keeps
 * its epoch.
 * @throws ServiceError not-found; forbidden below admin
 */
export async function revokeLease(ctx: ServiceContext, input: { botId: string }): Promise<void> {
  const bot = await authorizeCustodian(ctx, input.botId);
  await ctx.db.write(async (tx) => {
    const reading = await custodyOf(tx, bot.id);
    if (leaseOf(reading)) return endLease(tx, ctx, reading, { why: "revoked" });
    if (!(await giveToWorkers(tx, ctx, reading.bot))) return;
    const target = { objectId: null, teamId: bot.teamId, botId: bot.id };
    const detail = { epoch: reading.custody.epoch, holder: null };
    await writeAudit(tx, ctx, { ...target, action: "lease.reclaim", detail });
  });
}

/** The bot, for people who may end leases: owners and admins. @throws ServiceError not-found; forbidden */
export async function authorizeCustodian(ctx: ServiceContext, botId: string) {
  const bot = await authorizeBot(ctx, botId, "bots:read");
  authorizeTeamAdmin(ctx);
  return bot;
}

/** Why a lease is ended before its time, for event and audit. */
export interface EndOfLease {
  readonly why: "revoked" | "frozen" | "force-taken" | "key-ended" | "bot-deleted";
  readonly isFrozen?: boolean;
}

/**
 * Ends the lease of a row that was read in this transaction, with audit and `lease.revoked`. @throws Error when nobody
 * holds it
 */
export async function endLease(
  tx: Transaction,
  ctx: ServiceContext,
  reading: CustodyReading,
  { why, isFrozen = false }: EndOfLease,
): Promise<void> {
  const lease = leaseOf(reading);
  const { bot } = reading;
  if (!lease) throw new Error("there is no lease to end");
  const row = await revokeCustody(tx, { botId: bot.id, epoch: lease.epoch }, isFrozen);
  if (!row) throw new Error("the epoch changed inside a transaction");
  const reason = isFrozen ? "custody-frozen" : "lease-revoked";
  if (bot.deletedAtMs === null) await assignBot(tx, ctx, bot, backToWorkers(bot, reason));
  const target = { objectId: lease.id, teamId: bot.teamId, botId: bot.id };
  const detail = { why, epoch: lease.epoch, holder: lease.holder };
  await writeAudit(tx, ctx, { ...target, action: "lease.revoke", detail });
  await tellLease(tx, ctx, "lease.revoked", bot.id, { lease, detail: { why } });
}

/** The readings of leases that a condition names, in the transaction that is to end them. */
export const readLeases = (tx: Transaction, condition: SQL | undefined) => readCustody(tx, condition, LEASES_MAX);

/** Ends the lease of a bot that is being deleted, so that a worker can unlink its device. */
export async function endLeaseOfDeleted(tx: Transaction, ctx: ServiceContext, botId: BotId): Promise<void> {
  const reading = await custodyOf(tx, botId);
  if (reading.custody.holderKind === "key" && leaseOf(reading))
    await endLease(tx, ctx, reading, { why: "bot-deleted" });
}
