import { acquireLease, LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { type CustodyReading, drainLease, extendLease } from "@switchboard/db/queries/custody-control";
import type { Transaction } from "@switchboard/db/types";
import type { z } from "zod";
import type { Actor, ServiceContext } from "../../context.ts";
import { drainMs, leaseLifeMsMax } from "../../domain/lease.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthorizedBot } from "../access.ts";
import { writeAudit } from "../records.ts";
import { leaseLost, staleEpoch } from "./authorize-lease.ts";
import { type Claim, rememberAnswer } from "./idempotency.ts";
import { assignBot, custodyOf, isAlive, leaseOf, reservedTo, tellLease } from "./internal.ts";
import { predecessorsOf, requireLiveKey } from "./live-key.ts";
import type { acquireLeaseSchema } from "./schemas.ts";

/** A context whose actor is an API key. */
export type KeyContext = ServiceContext & { readonly actor: Extract<Actor, { kind: "api-key" }> };

/** A request for a lease that was authorised and is remembered as running. */
export interface Begun {
  readonly ctx: KeyContext;
  readonly bot: AuthorizedBot<"session:lease">;
  readonly claim: Extract<Claim, { kind: "begun" }>;
  readonly input: z.output<typeof acquireLeaseSchema>;
}

/**
 * One try: takes the bot where it can be had, and asks for it back where it cannot and the caller takes it over. null: not
 * yet. The reading only spares tries that cannot succeed; the statement decides.
 */
export async function tryToGrant(begun: Begun, reading: CustodyReading): Promise<CustodyReading | null> {
  const { ctx, input } = begun;
  if (mayBeFree(reading, ctx.actor.keyId)) return grant(begun);
  if (input.takeover && reading.custody.state === "held" && isAlive(reading)) await askBack(begun);
  return null;
}

function mayBeFree(reading: CustodyReading, keyId: string): boolean {
  const { custody: row, nowMs } = reading;
  const to = reservedTo(reading);
  if (row.notBeforeMs > nowMs || (to !== null && to !== keyId)) return false;
  return row.state === "free" || row.expiresAtMs + LOCK_DELAY_MS <= nowMs;
}

function grant({ ctx, bot, claim, input }: Begun): Promise<CustodyReading | null> {
  const { keyId } = ctx.actor;
  const leaseId = ctx.ids.next("lease");
  const ttlMs = (input.ttlSeconds ?? ctx.settings.leaseTtlSeconds) * 1000;
  return ctx.db.write(async (tx) => {
    const lifeMsMax = await lifeOf(tx, ctx, bot);
    const wish = { botId: bot.id, holderKind: "key", holderId: keyId, leaseId, ttlMs, lifeMsMax } as const;
    const row = await acquireLease(tx, wish);
    if (!row) return null;
    await assignBot(tx, ctx, bot, { assignedTo: keyId, state: "handed-over", reason: "handed-over" });
    const lease = { id: leaseId, epoch: row.epoch, holder: { kind: "key", id: keyId } } as const;
    const detail = { epoch: row.epoch, clean: row.wasClean, ttlSeconds: ttlMs / 1000 };
    await writeAudit(tx, ctx, { ...targetOf(bot, leaseId), action: "lease.acquire", detail });
    await tellLease(tx, ctx, "lease.acquired", bot.id, { lease });
    await rememberAnswer(tx, ctx, claim, 201, { leaseId, epoch: row.epoch });
    return { ...(await custodyOf(tx, bot.id)), nowMs: row.nowMs };
  });
}

/** A lease ends with its key at the latest. */
async function lifeOf(tx: Transaction, ctx: KeyContext, { id }: Begun["bot"]): Promise<number> {
  const key = await requireLiveKey(tx, ctx, ctx.actor.keyId, id);
  return Math.min(leaseLifeMsMax, key.expiresAtMs - ctx.clock.nowMs());
}

/** Asks the present holder to give the bot back, for the caller. Whoever was asked before stays asked. */
function askBack({ ctx, bot }: Begun): Promise<void> {
  const { keyId } = ctx.actor;
  return ctx.db.write(async (tx) => {
    const reading = await custodyOf(tx, bot.id);
    const lease = leaseOf(reading);
    if (!lease) return;
    const name = { botId: bot.id, leaseId: lease.id, epoch: lease.epoch };
    if (!(await drainLease(tx, name, { to: keyId, drainMs }))) return;
    const detail = { epoch: lease.epoch, to: keyId, takeover: true };
    await writeAudit(tx, ctx, { ...targetOf(bot, lease.id), action: "lease.drain", detail });
    await tellLease(tx, ctx, "lease.drain", bot.id, { lease });
  });
}

/**
 * Gives the caller's lease a new greatest life; the successor of a rotated key goes on with the lease of the key before.
 * @throws ServiceError stale-epoch, lease-lost; conflict for a lease that was asked back
 */
export function extendOwnLease(
  { ctx, bot, claim, input }: Begun,
  { leaseId, epoch }: { leaseId: string; epoch: number },
): Promise<CustodyReading> {
  const { keyId } = ctx.actor;
  const lease = { botId: bot.id, leaseId, epoch };
  const ttlMs = (input.ttlSeconds ?? ctx.settings.leaseTtlSeconds) * 1000;
  return ctx.db.write(async (tx) => {
    const lifeMsMax = await lifeOf(tx, ctx, bot);
    const keyIds = await predecessorsOf(tx, await requireLiveKey(tx, ctx, keyId, bot.id));
    const before = await custodyOf(tx, bot.id);
    const row = await extendLease(tx, { lease, keyIds, keyId, ttlMs, lifeMsMax });
    if (!row) throw notExtendable(before, lease, keyIds);
    const from = before.custody.holderId;
    if (from !== keyId) {
      await assignBot(tx, ctx, before.bot, { assignedTo: keyId, state: "handed-over", reason: "handed-over" });
      const told = { id: leaseId, epoch, holder: { kind: "key", id: keyId } } as const;
      await tellLease(tx, ctx, "lease.acquired", bot.id, { lease: told });
    }
    const detail = { epoch, ...(from === keyId ? {} : { from }) };
    await writeAudit(tx, ctx, { ...targetOf(bot, leaseId), action: "lease.extend", detail });
    await rememberAnswer(tx, ctx, claim, 201, { leaseId, epoch });
    return { ...(await custodyOf(tx, bot.id)), nowMs: row.nowMs };
  });
}

function notExtendable(reading: CustodyReading, lease: { leaseId: string; epoch: number }, keyIds: readonly string[]) {
  const { custody: row } = reading;
  if (row.epoch !== lease.epoch) return staleEpoch(row.epoch);
  const isTheirs = row.leaseId === lease.leaseId && keyIds.some((id) => id === row.holderId);
  if (!isTheirs || !isAlive(reading)) return leaseLost();
  return new ServiceError("conflict", "This lease was asked back. Give it up by its deadline instead.");
}

const targetOf = (bot: Begun["bot"], leaseId: string) => ({ objectId: leaseId, teamId: bot.teamId, botId: bot.id });
