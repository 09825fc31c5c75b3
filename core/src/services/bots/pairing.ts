import { type BotId, botPairings, bots } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { z } from "zod";
import { actorName, type ServiceContext } from "../../context.ts";
import { normalizePhoneNumber } from "../../domain/phone-number.ts";
import { invalid, ServiceError } from "../../errors.ts";
import { authorizeBot } from "../access.ts";
import { openDataKeys, readThroughRotation } from "../auth-state/data-keys.ts";
import { emit, writeAudit } from "../records.ts";
import { toInstant } from "./internal.ts";
import { refuseWhileLinking } from "./pairing-row.ts";
import { openPairingSecret } from "./pairing-secret.ts";
import type { PairingView, requestPairingSchema } from "./schemas.ts";

/** A request for pairing that no worker took up is over after this. */
const PAIRING_REQUEST_TTL_MS = 3 * 60_000;

/**
 * Asks the bot's worker to begin linking. A pairing already running is replaced.
 * @throws ServiceError not-found, scope-missing; already-paired; in-progress; validation-failed for a bad phone number
 */
export async function requestPairing(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof requestPairingSchema>,
): Promise<PairingView> {
  const bot = await authorizeBot(ctx, input.botId, "bots:write");
  if (bot.isLinked) throw alreadyPaired();
  const phoneNumber = input.method === "code" ? readPhoneNumber(input.phoneNumber) : null;
  const nowMs = ctx.clock.nowMs();
  const row = {
    attemptId: ctx.ids.next("attempt"),
    method: input.method,
    phoneNumber,
    state: "waiting" as const,
    sealedSecret: null,
    reason: null,
    expiresAtMs: nowMs + PAIRING_REQUEST_TTL_MS,
    requestedBy: actorName(ctx.actor),
    updatedAtMs: nowMs,
  };
  await ctx.db.write(async (tx) => {
    await refuseWhileLinking(tx, bot.id);
    const { isLinked } = await authorizeBot(ctx, bot.id, "bots:write", tx);
    if (isLinked) throw alreadyPaired();
    await tx
      .insert(botPairings)
      .values({ botId: bot.id, ...row })
      .onConflictDoUpdate({ target: botPairings.botId, set: row });
    await tx.update(bots).set({ desiredState: "running", updatedAtMs: nowMs }).where(eq(bots.id, bot.id));
    const target = { teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { action: "bot.pair", objectId: bot.id, ...target });
    await emit(tx, ctx, { type: "bot.pairing", ...target, data: { state: "waiting", method: input.method } });
  });
  return getPairing(ctx, input);
}

/** The pairing as it stands, with the QR text or code while it can be used. @throws ServiceError not-found, scope-missing */
export async function getPairing(ctx: ServiceContext, input: { botId: string }): Promise<PairingView> {
  const bot = await authorizeBot(ctx, input.botId, "bots:write");
  const { row, secret } = await readThroughRotation(() => readPairing(ctx, bot.id));
  if (!row) return { state: bot.isLinked ? "linked" : "idle", method: null, expiresAt: null, reason: null };
  const isOver = row.expiresAtMs !== null && row.expiresAtMs <= ctx.clock.nowMs();
  const isWaiting = row.state === "waiting" || row.state === "code";
  return {
    state: isOver && isWaiting ? "expired" : row.state,
    method: row.method,
    ...(secret !== null && !isOver && row.state === "qr" ? { qr: secret } : {}),
    ...(secret !== null && !isOver && row.state === "code" ? { code: secret } : {}),
    expiresAt: row.expiresAtMs === null ? null : toInstant(row.expiresAtMs),
    reason: isOver && isWaiting ? "expired" : row.reason,
  };
}

async function readPairing(ctx: ServiceContext, botId: BotId) {
  const [row] = await ctx.db.reader.select().from(botPairings).where(eq(botPairings.botId, botId));
  return { row, secret: row ? await openPairingSecret(openDataKeys(ctx, botId), row) : null };
}

/** Ends a pairing in progress; safe when there is none. @throws ServiceError not-found, scope-missing, in-progress */
export async function cancelPairing(ctx: ServiceContext, input: { botId: string }): Promise<void> {
  const bot = await authorizeBot(ctx, input.botId, "bots:write");
  await ctx.db.write(async (tx) => {
    await refuseWhileLinking(tx, bot.id);
    const removed = await tx.delete(botPairings).where(eq(botPairings.botId, bot.id)).returning();
    if (removed.length === 0 || bot.isLinked) return;
    await tx.update(bots).set({ desiredState: "stopped", updatedAtMs: ctx.clock.nowMs() }).where(eq(bots.id, bot.id));
    const target = { teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { action: "bot.cancel-pairing", objectId: bot.id, ...target });
    await emit(tx, ctx, { type: "bot.pairing", ...target, data: { state: "idle" } });
  });
}

const alreadyPaired = () =>
  new ServiceError("already-paired", "This bot is linked to a phone. Log it out before you pair it again.");

function readPhoneNumber(text: string): string {
  const result = normalizePhoneNumber(text);
  if (!result.ok)
    throw invalid("phoneNumber", "Write the phone number with its country code, for example +34 600 000 000.");
  return result.digits;
}
