import { type LeaseName, leaseIsCurrent } from "@switchboard/db/queries/custody";
import { type BotId, botPairings, bots, commands } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, inArray } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import type { BotState, BotStateReason, PairingFailureReason, PairingState } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import { openDataKeys } from "../auth-state/data-keys.ts";
import { emitBotState, toInstant } from "../bots/internal.ts";
import { sealPairingSecret } from "../bots/pairing-secret.ts";
import { emit } from "../records.ts";

type WorkerContext = Pick<ServiceContext, "db" | "clock" | "ids" | "keyring">;

/** What a holder has to say of its bot; only what changes is given. */
export interface BotReport {
  readonly state: BotState;
  readonly reason: BotStateReason | null;
  /** Digits of the account, once known. */
  readonly phoneNumber?: string;
  readonly lid?: string;
  readonly pushName?: string;
  readonly isLinked?: boolean;
  /** Set where the holder gives up and no restart should try again by itself. */
  readonly desiredState?: "stopped";
}

/**
 * Writes the state of a bot as its holder sees it; `bot.state` is emitted when state or reason changed.
 * @throws ServiceError stale-epoch when the lease is no longer the bot's, and then nothing is written
 */
export async function reportBot(ctx: WorkerContext, lease: LeaseName, report: BotReport): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  const { state, reason, ...given } = report;
  await ctx.db.write(async (tx) => {
    await requireLease(tx, lease);
    const facts = given.desiredState && (await isAskedToRun(tx, lease.botId)) ? omitDesiredState(given) : given;
    const [before] = await tx.select().from(bots).where(eq(bots.id, lease.botId));
    if (!before) return;
    const isChanged = before.state !== state || before.stateReason !== reason;
    const since = isChanged ? { stateSinceMs: nowMs } : {};
    await tx
      .update(bots)
      .set({ state, stateReason: reason, updatedAtMs: nowMs, ...since, ...facts })
      .where(eq(bots.id, lease.botId));
    if (!isChanged && Object.keys(facts).length === 0) return;
    if (before.deletedAtMs !== null) return;
    const view = await emitBotState(tx, ctx, lease.botId);
    if (state === "logged-out" && before.state !== "logged-out")
      await emit(tx, ctx, { type: "bot.logged_out", teamId: before.teamId, botId: lease.botId, data: view });
  });
}

/** Somebody asked anew while the holder was giving up: the newer wish stands. */
async function isAskedToRun(tx: Transaction, botId: BotId): Promise<boolean> {
  const isWaiting = and(eq(botPairings.botId, botId), eq(botPairings.state, "waiting"));
  const isPending = and(
    eq(commands.botId, botId),
    eq(commands.state, "pending"),
    inArray(commands.kind, ["start", "restart"]),
  );
  const [pairing] = await tx.select({ id: botPairings.botId }).from(botPairings).where(isWaiting);
  const [command] = await tx.select({ id: commands.id }).from(commands).where(isPending);
  return pairing !== undefined || command !== undefined;
}

function omitDesiredState<T extends { readonly desiredState?: unknown }>({ desiredState: _, ...rest }: T) {
  return rest;
}

/** A step of a pairing; `secret` is the QR text or the code, `expiresAtMs` the instant until which it can be used. */
export interface PairingReport {
  readonly attemptId: string;
  readonly state: PairingState;
  readonly secret: string | null;
  readonly expiresAtMs: number | null;
  readonly reason: PairingFailureReason | null;
}

/**
 * Writes a step of a pairing. false: the attempt was cancelled or replaced meanwhile, and the worker must end it.
 * @throws ServiceError stale-epoch
 */
export async function reportPairing(ctx: WorkerContext, lease: LeaseName, report: PairingReport): Promise<boolean> {
  const { botId } = lease;
  const { attemptId, state, reason, expiresAtMs } = report;
  const sealedSecret =
    report.secret === null
      ? null
      : await sealPairingSecret(openDataKeys(ctx, botId), { botId, attemptId }, report.secret);
  return ctx.db.write(async (tx) => {
    await requireLease(tx, lease);
    const [row] = await tx
      .update(botPairings)
      .set({ state, reason, expiresAtMs, sealedSecret, updatedAtMs: ctx.clock.nowMs() })
      .where(and(eq(botPairings.botId, botId), eq(botPairings.attemptId, attemptId)))
      .returning();
    if (!row) return false;
    const [bot] = await tx.select({ teamId: bots.teamId }).from(bots).where(eq(bots.id, botId));
    const expiresAt = expiresAtMs === null ? null : toInstant(expiresAtMs);
    const data = { state, method: row.method, reason, expiresAt };
    await emit(tx, ctx, { type: "bot.pairing", teamId: bot?.teamId ?? null, botId, data });
    return true;
  });
}

/** Closes a command. Only the first closing counts. */
export async function finishCommand(
  ctx: Pick<ServiceContext, "db" | "clock">,
  input: { commandId: string; state: "done" | "failed"; result: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { commandId, state, result } = input;
  await ctx.db.writeBatch((statements) => [
    statements
      .update(commands)
      .set({ state, result, finishedAtMs: ctx.clock.nowMs() })
      .where(and(eq(commands.id, commandId), eq(commands.state, "pending"))),
  ]);
}

/** Removes a deleted bot and everything under it, after its device was unlinked or could not be. @throws ServiceError stale-epoch */
export async function removeDeletedBot(ctx: Pick<ServiceContext, "db">, lease: LeaseName): Promise<void> {
  await ctx.db.write(async (tx) => {
    await requireLease(tx, lease);
    await tx.delete(bots).where(eq(bots.id, lease.botId));
  });
}

async function requireLease(tx: Transaction, lease: LeaseName): Promise<void> {
  if (await leaseIsCurrent(tx, lease)) return;
  throw new ServiceError("stale-epoch", "Somebody else holds this bot now.");
}
