import { type CustodyReading, drainLease, reserveBot } from "@switchboard/db/queries/custody-control";
import type { Transaction } from "@switchboard/db/types";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { drainMs } from "../../domain/lease.ts";
import { assignedToWorkers } from "../../domain/vocabulary.ts";
import { toInstant } from "../bots/internal.ts";
import { writeAudit } from "../records.ts";
import { authorizeHolder } from "./authorize-holder.ts";
import { leaseLost, staleEpoch } from "./authorize-lease.ts";
import {
  botFrozen,
  custodyOf,
  giveToWorkers,
  isAlive,
  leaseHeld,
  leaseOf,
  type ToldLease,
  tellLease,
} from "./internal.ts";
import { requireSuccessor } from "./live-key.ts";
import { noteExpired } from "./note-expired-leases.ts";
import { authorizeCustodian } from "./revoke-lease.ts";
import type { HandoverView, successorSchema } from "./schemas.ts";

type Bot = Awaited<ReturnType<typeof authorizeCustodian>> | Awaited<ReturnType<typeof authorizeHolder>>["bot"];

/**
 * Lets the bot go to the workers or to another key: its holder is told to drain, and once it has released, the bot is kept
 * for `to` for a minute. The holder itself may ask for it, and owners and admins, whoever holds the bot; one that nobody
 * holds is kept for `to` at once. Asking again with the same `to` is safe.
 * @throws ServiceError not-found, scope-missing, forbidden; validation-failed for a `to` that may not hold the bot;
 *   lease-held while it is asked back for another; bot-frozen; lease-lost, stale-epoch
 */
export async function handOver(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof successorSchema>,
): Promise<HandoverView> {
  const isPerson = ctx.actor.kind === "user" || ctx.actor.kind === "personal-access-token";
  const asker = isPerson
    ? { bot: await authorizeCustodian(ctx, input.botId), lease: null }
    : await authorizeHolder(ctx, input.botId);
  const { bot, lease } = asker;
  return ctx.db.write(async (tx) => {
    await requireSuccessor(tx, ctx, bot, input.to);
    const reading = await custodyOf(tx, bot.id);
    if (lease !== null && reading.custody.epoch !== lease.epoch) throw staleEpoch(reading.custody.epoch);
    if (lease !== null && !isAlive(reading)) throw leaseLost();
    if (reading.custody.state === "frozen") throw botFrozen();
    return toHandover(await keepFor(tx, ctx, { bot, reading, to: input.to }));
  });
}

interface Wish {
  readonly bot: Bot;
  readonly reading: CustodyReading;
  readonly to: string;
}

async function keepFor(tx: Transaction, ctx: ServiceContext, wish: Wish): Promise<CustodyReading["custody"]> {
  const lease = leaseOf(wish.reading);
  if (lease === null || !isAlive(wish.reading)) return reserveFree(tx, ctx, wish);
  const { bot, reading, to } = wish;
  const name = { botId: bot.id, leaseId: lease.id, epoch: lease.epoch };
  const row = await drainLease(tx, name, { to, drainMs });
  if (row) {
    await noteDrain(tx, ctx, bot, lease, to);
    return row;
  }
  if (reading.custody.state === "draining" && reading.custody.handoverTo === to) return reading.custody;
  throw leaseHeld(reading);
}

async function reserveFree(tx: Transaction, ctx: ServiceContext, { bot, reading, to }: Wish) {
  const row = await reserveBot(tx, bot.id, to);
  if (!row) throw leaseHeld(reading);
  // Nobody tells of an expiry once a worker was granted the bot.
  if (to === assignedToWorkers) await noteExpired(tx, ctx);
  // Until its lease is reclaimed the bot is still the key's, and no worker would be granted it within the reservation.
  if (to === assignedToWorkers) await giveToWorkers(tx, ctx, reading.bot);
  const target = { objectId: bot.id, teamId: bot.teamId, botId: bot.id };
  await writeAudit(tx, ctx, { ...target, action: "lease.reserve", detail: { to } });
  return row;
}

/** The records of a holder that was told to drain. */
async function noteDrain(tx: Transaction, ctx: ServiceContext, bot: Bot, lease: ToldLease, to: string): Promise<void> {
  const target = { objectId: lease.id, teamId: bot.teamId, botId: bot.id };
  await writeAudit(tx, ctx, { ...target, action: "lease.drain", detail: { epoch: lease.epoch, to, takeover: false } });
  await tellLease(tx, ctx, "lease.drain", bot.id, { lease });
}

const toHandover = (row: CustodyReading["custody"]): HandoverView => ({
  to: row.handoverTo ?? assignedToWorkers,
  deadline: row.drainDeadlineMs === null ? null : toInstant(row.drainDeadlineMs),
  reservedUntil: toInstant(row.reservedUntilMs ?? 0),
});
