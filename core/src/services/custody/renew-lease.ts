import { renewKeyLease } from "@switchboard/db/queries/custody-control";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { toInstant } from "../bots/internal.ts";
import { authorizeHolder } from "./authorize-holder.ts";
import { leaseLost, staleEpoch } from "./authorize-lease.ts";
import { custodyOf, lifeMsOf, makeLeaseToken } from "./internal.ts";
import type { RenewedLease, renewLeaseSchema } from "./schemas.ts";

/**
 * Prolongs the caller's lease, never beyond its greatest life and never shorter than it was, and gives a fresh token.
 * `drain` means: finish, close the connection, write what is left and release before `deadline`. A renewal is no change
 * that anybody is told of, so it leaves no event and no audit row.
 * @throws ServiceError not-found, scope-missing, forbidden; lease-lost; stale-epoch
 */
export async function renewLease(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof renewLeaseSchema>,
): Promise<RenewedLease> {
  const { bot, lease, custody } = await authorizeHolder(ctx, input.botId);
  const wished = input.ttlSeconds === undefined ? custody.ttlMs : input.ttlSeconds * 1000;
  const renewal = { ttlMs: wished ?? ctx.settings.leaseTtlSeconds * 1000, isStalled: input.stalled === true };
  const reading = await ctx.db.write(async (tx) => {
    const row = await renewKeyLease(tx, lease, renewal);
    const after = await custodyOf(tx, bot.id);
    if (row) return { ...after, nowMs: row.nowMs };
    throw after.custody.epoch === lease.epoch ? leaseLost() : staleEpoch(after.custody.epoch);
  });
  const { state, expiresAtMs, drainDeadlineMs } = reading.custody;
  const token = await makeLeaseToken(ctx, reading);
  const ttlSeconds = Math.floor(lifeMsOf(reading) / 1000);
  const answer = { expiresAt: toInstant(expiresAtMs), ttlSeconds, token };
  if (state !== "draining") return { ...answer, action: "none" };
  return { ...answer, action: "drain", deadline: toInstant(drainDeadlineMs ?? expiresAtMs) };
}
