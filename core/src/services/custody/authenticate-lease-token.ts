import { apiKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { Actor, ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import { type LeaseTokenClaims, verifyLeaseToken } from "../../crypto/lease-tokens.ts";
import { addressIsInCidrs } from "../../domain/access.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { askedBotId } from "../branded-ids.ts";

/**
 * The actor behind a lease token; null for a token that is not ours, is over, or whose API key may not hold the bot any
 * more or not from this address. Whether the lease is still the bot's is not checked: see authorize-lease.ts.
 */
export async function authenticateLeaseToken(
  ctx: ServiceContext,
  text: string,
): Promise<Extract<Actor, { kind: "lease-token" }> | null> {
  const keys = { publicKeys: ctx.keyring.publicKeys, issuer: ctx.settings.publicUrl };
  const claims = await verifyLeaseToken(keys, text, ctx.clock.nowMs());
  if (!claims || !looksLikeId(claims.leaseId, idPrefixes.lease) || !looksLikeId(claims.botId, idPrefixes.bot))
    return null;
  const [key] = await ctx.db.reader.select().from(apiKeys).where(eq(apiKeys.id, claims.keyId));
  if (!key || !mayHold(ctx, key, claims)) return null;
  const botId = askedBotId(claims.botId);
  return {
    kind: "lease-token",
    leaseId: claims.leaseId,
    epoch: claims.epoch,
    teamId: key.teamId,
    botId,
    keyId: key.id,
  };
}

/** A lease token is good only while its key is, and only where its key is. */
function mayHold(ctx: ServiceContext, key: typeof apiKeys.$inferSelect, claims: LeaseTokenClaims): boolean {
  if (key.revokedAtMs !== null || key.disabledAtMs !== null || key.expiresAtMs <= ctx.clock.nowMs()) return false;
  if (!key.scopes.includes("session:lease")) return false;
  if (key.botIds?.some((id) => id === claims.botId) === false) return false;
  if (key.cidrs === null) return true;
  return ctx.request.address !== null && addressIsInCidrs(ctx.request.address, key.cidrs);
}
