import { type CustodyReading, readCustody } from "@switchboard/db/queries/custody-control";
import { type BotId, bots } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { type LeaseTokenClaims, signLeaseToken } from "../../crypto/lease-tokens.ts";
import { leaseTokenLifeMs, renewAfterSeconds } from "../../domain/lease.ts";
import {
  assignedToWorkers,
  type BotState,
  type BotStateReason,
  type EventType,
  isHeldState,
} from "../../domain/vocabulary.ts";
import { notFound, ServiceError } from "../../errors.ts";
import { emitBotState, toHolder, toInstant } from "../bots/internal.ts";
import { emit } from "../records.ts";
import type { GrantedLease, LeaseView } from "./schemas.ts";

type RecordContext = Pick<ServiceContext, "clock" | "ids">;

/** The custody of a bot that was authorised. @throws ServiceError not-found when it is gone by now */
export async function custodyOf(reader: Pick<Reader, "select">, botId: BotId): Promise<CustodyReading> {
  const [reading] = await readCustody(reader, eq(bots.id, botId));
  if (!reading || reading.bot.deletedAtMs !== null) throw notFound();
  return reading;
}

/** A lease that a record tells of, which may be over by now. */
export interface ToldLease {
  readonly id: string;
  readonly epoch: number;
  readonly holder: { readonly kind: "worker" | "key"; readonly id: string };
}

/** The lease of the row; null when nobody holds it. */
export function leaseOf({ custody: row }: Pick<CustodyReading, "custody">): ToldLease | null {
  if (row.leaseId === null || row.holderKind === null || row.holderId === null) return null;
  return { id: row.leaseId, epoch: row.epoch, holder: { kind: row.holderKind, id: row.holderId } };
}

/** true while somebody holds the bot and their lease has not run out, by the database's clock. */
export const isAlive = ({ custody: row, nowMs }: CustodyReading): boolean =>
  isHeldState(row.state) && row.expiresAtMs > nowMs;

/** For whom the bot is kept at this moment; null: for nobody. */
export const reservedTo = ({ custody: row, nowMs }: CustodyReading): string | null =>
  row.handoverTo !== null && (row.reservedUntilMs ?? 0) > nowMs ? row.handoverTo : null;

/** The representation of a bot's custody. */
export function toLeaseView(reading: CustodyReading): LeaseView {
  const { bot, custody: row, nowMs } = reading;
  const lease = leaseOf(reading);
  const expiresAt = toInstant(row.expiresAtMs);
  const to = reservedTo(reading);
  return {
    botId: bot.id,
    state: row.state,
    holder: toHolder(row),
    leaseId: row.leaseId,
    epoch: row.epoch,
    expiresAt: lease && expiresAt,
    maxExpiresAt: row.maxExpiresAtMs === null ? null : toInstant(row.maxExpiresAtMs),
    expired: lease !== null && row.expiresAtMs <= nowMs,
    revision: row.authRevision,
    clean: lease ? row.wasClean : row.isClean,
    assignedTo: bot.assignedTo,
    drain: row.drainDeadlineMs === null ? null : { to: row.handoverTo, deadline: toInstant(row.drainDeadlineMs) },
    reservedFor: to === null ? null : { to, until: toInstant(row.reservedUntilMs ?? 0) },
    stalledSince: row.stalledSinceMs === null ? null : toInstant(row.stalledSinceMs),
  };
}

/** Tells of a change of custody: the representation after it, and `lease`, the one it is about. */
export async function tellLease(
  tx: Transaction,
  ctx: RecordContext,
  type: Extract<EventType, `lease.${string}`>,
  botId: BotId,
  about: { readonly lease: ToldLease; readonly detail?: Readonly<Record<string, unknown>> },
): Promise<void> {
  const [reading] = await readCustody(tx, eq(bots.id, botId));
  if (!reading) throw notFound();
  const data = { ...toLeaseView(reading), lease: about.lease, ...about.detail };
  await emit(tx, ctx, { type, teamId: reading.bot.teamId, botId, data });
}

/** Writes who should hold the bot and what it is now, and tells of it. */
export async function assignBot(
  tx: Transaction,
  ctx: RecordContext,
  bot: Pick<CustodyReading["bot"], "id" | "state" | "stateReason" | "assignedTo">,
  change: { readonly assignedTo: string; readonly state: BotState; readonly reason: BotStateReason },
): Promise<void> {
  const { assignedTo, state, reason } = change;
  const nowMs = ctx.clock.nowMs();
  const isSame = bot.state === state && bot.stateReason === reason;
  const since = isSame ? {} : { stateSinceMs: nowMs };
  const columns = { assignedTo, state, stateReason: reason, updatedAtMs: nowMs, ...since };
  await tx.update(bots).set(columns).where(eq(bots.id, bot.id));
  await emitBotState(tx, ctx, bot.id);
}

/**
 * Assigns the bot to its workers where it is a key's, and tells of it; what it is now stays as it is. Answers whether it did.
 */
export async function giveToWorkers(
  tx: Transaction,
  ctx: RecordContext,
  bot: Pick<CustodyReading["bot"], "id" | "assignedTo">,
): Promise<boolean> {
  if (bot.assignedTo === assignedToWorkers) return false;
  const columns = { assignedTo: assignedToWorkers, updatedAtMs: ctx.clock.nowMs() };
  await tx.update(bots).set(columns).where(eq(bots.id, bot.id));
  await emitBotState(tx, ctx, bot.id);
  return true;
}

/** What becomes of a bot that a holder let go or lost: its workers come for it when it is wished to run. */
export const backToWorkers = (bot: Pick<CustodyReading["bot"], "desiredState">, reason: BotStateReason) =>
  ({
    assignedTo: assignedToWorkers,
    state: bot.desiredState === "running" ? "backing-off" : "stopped",
    reason,
  }) as const;

/**
 * Milliseconds the lease lives from this reading on without a renewal, as asked at most: less where its greatest life ends
 * before, or where it was granted a while ago.
 */
export const lifeMsOf = ({ custody: row, nowMs }: CustodyReading): number =>
  Math.max(0, Math.min(row.expiresAtMs - nowMs, row.ttlMs ?? Number.POSITIVE_INFINITY));

/** The answer to a grant, with a fresh lease token. */
export async function toGrant(ctx: ServiceContext, reading: CustodyReading): Promise<GrantedLease> {
  const { custody: row } = reading;
  const lease = leaseOf(reading);
  if (lease === null) throw new Error("a grant without a lease");
  const lifeMs = lifeMsOf(reading);
  return {
    leaseId: lease.id,
    epoch: lease.epoch,
    expiresAt: toInstant(row.expiresAtMs),
    ttlSeconds: Math.floor(lifeMs / 1000),
    renewAfterSeconds: renewAfterSeconds(lifeMs),
    revision: row.authRevision,
    clean: row.wasClean,
    token: await makeLeaseToken(ctx, reading),
    maxExpiresAt: toInstant(row.maxExpiresAtMs ?? row.expiresAtMs),
  };
}

/** A lease token for the lease of the row, by this process's clock: what is left to the lease is the database's word. */
export function makeLeaseToken(ctx: ServiceContext, reading: CustodyReading): Promise<string> {
  const { bot, custody: row, nowMs } = reading;
  const lease = leaseOf(reading);
  if (lease === null) throw new Error("a token without a lease");
  const issuedAtMs = ctx.clock.nowMs();
  const claims: LeaseTokenClaims = {
    leaseId: lease.id,
    epoch: lease.epoch,
    botId: bot.id,
    keyId: lease.holder.id,
    issuedAtMs,
    expiresAtMs: issuedAtMs + leaseTokenLifeMs(row.expiresAtMs - nowMs),
  };
  return signLeaseToken({ signing: ctx.keyring.signing, issuer: ctx.settings.publicUrl }, claims);
}

/** Somebody else holds the bot, or it is kept for somebody; `holder` is who, as far as anybody does. */
export function leaseHeld(reading: CustodyReading): ServiceError {
  const { holder, reservedFor } = toLeaseView(reading);
  const { custody: row, nowMs } = reading;
  const untilMs = reservedFor === null ? row.expiresAtMs : Math.max(row.expiresAtMs, row.reservedUntilMs ?? 0);
  const retryAfterSeconds = Math.min(60, Math.max(1, Math.ceil((Math.max(untilMs, row.notBeforeMs) - nowMs) / 1000)));
  const message = isAlive(reading)
    ? "Somebody else holds this bot. Ask again later, or take it over."
    : "This bot is about to go to somebody else, or its last holder has only just gone. Ask again in a moment.";
  return new ServiceError("lease-held", message, { retryAfterSeconds, extra: { holder, reservedFor } });
}

/** The bot's session may not be held by anybody. */
export const botFrozen = () =>
  new ServiceError("bot-frozen", "An admin has frozen this bot. Nobody may hold its session until it is unfrozen.");
