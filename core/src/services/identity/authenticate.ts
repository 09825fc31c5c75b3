import { apiKeys, personalTokens, teamMembers } from "@switchboard/db/schema";
import { and, eq, isNull, lte, or } from "drizzle-orm";
import type { Actor, ServiceContext } from "../../context.ts";
import { copyBytes, equalBytes, randomBytes } from "../../crypto/bytes.ts";
import { credentialHmac, type ParsedCredential, parseCredential } from "../../crypto/credential-format.ts";
import { addressIsInCidrs } from "../../domain/access.ts";
import { ServiceError } from "../../errors.ts";
import { currentPepper, toScopes } from "./internal.ts";

/** Last use is written at most this often per credential. */
const LAST_USE_INTERVAL_MS = 60_000;

/**
 * The actor behind an API key or a personal access token. Unknown, revoked, disabled, expired and mistyped credentials
 * give the same error, and the comparison takes the same work for an unknown id.
 * @throws ServiceError unauthenticated; address-not-allowed for a right key from a wrong address
 */
export async function authenticateCredential(ctx: ServiceContext, text: string): Promise<Actor> {
  const credential = parseCredential(text);
  if (credential?.prefix === "sb_live_") return authenticateKey(ctx, credential);
  if (credential?.prefix === "sb_pat_") return authenticateToken(ctx, credential);
  throw refused();
}

async function authenticateKey(ctx: ServiceContext, credential: ParsedCredential): Promise<Actor> {
  const [row] = await ctx.db.reader.select().from(apiKeys).where(eq(apiKeys.publicId, credential.publicId));
  const isRight = await isStoredSecret(ctx, credential, row);
  const nowMs = ctx.clock.nowMs();
  if (!row || !isRight) throw refused();
  const actor: Actor = {
    kind: "api-key",
    keyId: row.id,
    teamId: row.teamId,
    scopes: toScopes(row.scopes),
    botIds: row.botIds,
    requestsPerMinute: row.requestsPerMinute,
  };
  if (row.revokedAtMs !== null || row.disabledAtMs !== null || row.expiresAtMs <= nowMs) throw refused(actor);
  if (row.cidrs !== null && !(ctx.request.address !== null && addressIsInCidrs(ctx.request.address, row.cidrs)))
    throw new ServiceError("address-not-allowed", "This API key may not be used from this address.", {}, { actor });
  if ((row.lastUsedAtMs ?? 0) <= nowMs - LAST_USE_INTERVAL_MS) await noteUse(ctx, apiKeys, row.id, nowMs);
  return actor;
}

async function authenticateToken(ctx: ServiceContext, credential: ParsedCredential): Promise<Actor> {
  const [row] = await ctx.db.reader
    .select({ token: personalTokens, role: teamMembers.role })
    .from(personalTokens)
    .innerJoin(
      teamMembers,
      and(eq(teamMembers.userId, personalTokens.userId), eq(teamMembers.organizationId, personalTokens.teamId)),
    )
    .where(eq(personalTokens.publicId, credential.publicId));
  const isRight = await isStoredSecret(ctx, credential, row?.token);
  const nowMs = ctx.clock.nowMs();
  if (!row || !isRight) throw refused();
  const { id: tokenId, userId, teamId } = row.token;
  const confirmedAtMs = row.token.confirmedAtMs ?? row.token.createdAtMs;
  const actor: Actor = { kind: "personal-access-token", tokenId, userId, teamId, role: row.role, confirmedAtMs };
  if (row.token.revokedAtMs !== null || row.token.expiresAtMs <= nowMs) throw refused(actor);
  if ((row.token.lastUsedAtMs ?? 0) <= nowMs - LAST_USE_INTERVAL_MS) await noteUse(ctx, personalTokens, tokenId, nowMs);
  return actor;
}

/**
 * Whether the secret is the one that was stored. The work is the same without a row, so that an unknown id is not told by
 * the time of the answer.
 */
export async function isStoredSecret(
  ctx: ServiceContext,
  credential: ParsedCredential,
  row: { secretHmac: Uint8Array; pepperVersion: number } | undefined,
): Promise<boolean> {
  const pepper = (row && ctx.keyring.peppers.get(row.pepperVersion)) ?? currentPepper(ctx);
  const given = await credentialHmac(pepper, credential.publicId, credential.secret);
  const isEqual = equalBytes(given, row ? copyBytes(row.secretHmac) : randomBytes(given.length));
  return row !== undefined && ctx.keyring.peppers.has(row.pepperVersion) && isEqual;
}

/** Losing a "last used" note to a busy database must not refuse the request. */
async function noteUse(
  ctx: ServiceContext,
  table: typeof apiKeys | typeof personalTokens,
  id: string,
  nowMs: number,
): Promise<void> {
  const use = { lastUsedAtMs: nowMs, lastUsedAddress: ctx.request.address, lastUsedUserAgent: ctx.request.userAgent };
  const isOld = or(isNull(table.lastUsedAtMs), lte(table.lastUsedAtMs, nowMs - LAST_USE_INTERVAL_MS));
  await ctx.db
    .writeBatch((statements) => [
      statements
        .update(table)
        .set(use)
        .where(and(eq(table.id, id), isOld)),
    ])
    .catch(() => undefined);
}

/** `actor`: whose credential it was, for the audit; the caller learns nothing of it. */
const refused = (actor?: Actor) =>
  new ServiceError("unauthenticated", "This credential is not valid.", {}, actor === undefined ? {} : { actor });
