import { apiKeys, type BotId, personalTokens, sessionTokens, type TeamId, teamMembers } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, eq, isNull } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import {
  openSessionClaim,
  type SessionTokenClaims,
  SessionTokenTooLongError,
  signSessionToken,
  verifySessionToken,
} from "../../crypto/session-tokens.ts";
import { addressIsInCidrs } from "../../domain/access.ts";
import { type Role, roleScopes, type Scope, type SessionTokenInactiveReason } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { toInstant } from "../bots/internal.ts";
import { toScopes } from "../identity/internal.ts";
import { emit, writeAudit } from "../records.ts";
import type { SessionTokenView } from "./schemas.ts";

type TokenRow = typeof sessionTokens.$inferSelect;

/** For whom a token is made. */
export interface TokenSubject {
  readonly kind: "user" | "key";
  readonly id: string;
  /** The person's token that asked, whose revocation ends this one; null: a key did, or a browser. */
  readonly personalTokenId: string | null;
}

/** For whom and for how long a token is made. */
export interface TokenGrant {
  readonly botId: BotId;
  readonly teamId: TeamId;
  readonly subject: TokenSubject;
  readonly expiresAtMs: number;
  /** null: this token begins a chain of renewals. */
  readonly renews: TokenRow | null;
}

/**
 * Signs a token and stores its row, with event and audit, in the caller's transaction.
 * @throws ServiceError conflict when the credentials do not fit into a token
 */
export async function mintToken(tx: Transaction, ctx: ServiceContext, grant: TokenGrant, credentials: string) {
  const nowMs = ctx.clock.nowMs();
  const id = ctx.ids.next("token");
  const { botId, teamId, subject, expiresAtMs, renews } = grant;
  const row = {
    id,
    teamId,
    botId,
    subjectKind: subject.kind,
    subjectId: subject.id,
    personalTokenId: subject.personalTokenId,
    issuedAtMs: nowMs,
    expiresAtMs,
    chainId: renews?.chainId ?? ctx.ids.next("chain"),
    chainStartedAtMs: renews?.chainStartedAtMs ?? nowMs,
    renewedFromId: renews?.id ?? null,
  };
  const claims = { tokenId: id, botId, subject: subject.id, issuedAtMs: nowMs, expiresAtMs, scopes: ["session:read"] };
  const token = await signSessionToken(tokenKeys(ctx), claims, withoutHistory(credentials)).catch(refuseTooLong);
  await tx.insert(sessionTokens).values(row);
  const target = { objectId: id, teamId, botId };
  await writeAudit(tx, ctx, { action: renews ? "session-token.renew" : "session-token.issue", ...target });
  const data = toTokenView({ ...row, revokedAtMs: null, lastUsedAtMs: null }, nowMs);
  await emit(tx, ctx, { type: "session.token_issued", teamId, botId, data });
  return { token, expiresAt: toInstant(expiresAtMs) };
}

function refuseTooLong(err: unknown): never {
  if (!(err instanceof SessionTokenTooLongError)) throw err;
  throw new ServiceError("conflict", "The credentials of this bot are too large for a session token.");
}

/** A token that passed every check, with its row. */
export interface LiveToken {
  readonly row: TokenRow;
  readonly claims: SessionTokenClaims;
  readonly ses: string;
}

/** Checks form, signature, times, row and the subject behind it. A negative answer is data, not an error. */
export async function checkToken(
  ctx: ServiceContext,
  token: string,
): Promise<{ ok: true; token: LiveToken } | { ok: false; reason: SessionTokenInactiveReason }> {
  const keys = { publicKeys: ctx.keyring.publicKeys, issuer: ctx.settings.publicUrl };
  const verified = await verifySessionToken(keys, token, ctx.clock.nowMs());
  if (!verified.ok) return verified;
  const { claims, ses } = verified;
  if (!looksLikeId(claims.tokenId, idPrefixes.token)) return { ok: false, reason: "invalid" };
  const [row] = await ctx.db.reader.select().from(sessionTokens).where(eq(sessionTokens.id, claims.tokenId));
  if (!row || !isMadeFor(row, claims)) return { ok: false, reason: "invalid" };
  if (row.revokedAtMs !== null) return { ok: false, reason: "revoked" };
  if (row.expiresAtMs <= ctx.clock.nowMs()) return { ok: false, reason: "expired" };
  if (wholeSecondAfter(row.expiresAtMs) !== claims.expiresAtMs) return { ok: false, reason: "invalid" };
  if ((await subjectScopes(ctx.db.reader, row, ctx.clock.nowMs())) === null) return { ok: false, reason: "revoked" };
  return { ok: true, token: { row, claims, ses } };
}

/** The claims must be those the row was written with; they are in whole seconds. */
const isMadeFor = (row: TokenRow, claims: SessionTokenClaims): boolean =>
  row.botId === claims.botId &&
  row.subjectId === claims.subject &&
  Math.floor(row.issuedAtMs / 1000) * 1000 === claims.issuedAtMs;

const wholeSecondAfter = (atMs: number): number => Math.ceil(atMs / 1000) * 1000;

/**
 * What the token's user or key may do now; null when the user or key is gone, revoked, expired or limited to other bots, or
 * when the personal access token that asked is revoked. That one's expiry ends nothing: the session token has its own.
 */
export async function subjectScopes(reader: Reader, row: TokenRow, nowMs: number): Promise<readonly Scope[] | null> {
  if (row.subjectKind === "user") {
    const isMember = and(eq(teamMembers.userId, row.subjectId), eq(teamMembers.organizationId, row.teamId));
    const [member] = await reader.select({ role: teamMembers.role }).from(teamMembers).where(isMember);
    if (!(await isIssuerKept(reader, row))) return null;
    return member ? roleScopes[member.role satisfies Role] : null;
  }
  const [key] = await reader.select().from(apiKeys).where(eq(apiKeys.id, row.subjectId));
  if (!key || key.revokedAtMs !== null || key.disabledAtMs !== null || key.expiresAtMs <= nowMs) return null;
  if (key.botIds !== null && !key.botIds.includes(row.botId)) return null;
  return toScopes(key.scopes);
}

async function isIssuerKept(reader: Reader, { personalTokenId }: TokenRow): Promise<boolean> {
  if (personalTokenId === null) return true;
  const isKept = and(eq(personalTokens.id, personalTokenId), isNull(personalTokens.revokedAtMs));
  return (await reader.select({ id: personalTokens.id }).from(personalTokens).where(isKept)).length > 0;
}

/** A token does not widen its key's address ranges: it is good only where the key is. */
export async function mayComeFrom(ctx: ServiceContext, row: TokenRow): Promise<boolean> {
  if (row.subjectKind !== "key") return true;
  const [key] = await ctx.db.reader.select({ cidrs: apiKeys.cidrs }).from(apiKeys).where(eq(apiKeys.id, row.subjectId));
  if (!key || key.cidrs === null) return key !== undefined;
  return ctx.request.address !== null && addressIsInCidrs(ctx.request.address, key.cidrs);
}

/** There are no credentials, or only those of a pairing that is not finished or of a device that was unlinked. */
export const notPaired = () => new ServiceError("not-paired", "This bot has no session yet. Pair it first.");

/** The credentials inside a live token. */
export const credentialsOf = (ctx: ServiceContext, token: LiveToken): Promise<string> =>
  openSessionClaim(ctx.keyring.claims, token.ses);

/** The user or key a new token is made for. @throws ServiceError forbidden for actors that are neither */
export function tokenSubject(ctx: ServiceContext): TokenSubject {
  const { actor } = ctx;
  if (actor.kind === "api-key") return { kind: "key", id: actor.keyId, personalTokenId: null };
  if (actor.kind === "user") return { kind: "user", id: actor.userId, personalTokenId: null };
  if (actor.kind === "personal-access-token") return { kind: "user", id: actor.userId, personalTokenId: actor.tokenId };
  throw new ServiceError("forbidden", `A ${actorName(actor)} gets no session tokens.`);
}

/** For whom a token was made: the one that is made from it is for the same. */
export const subjectOf = (row: TokenRow): TokenSubject => ({
  kind: row.subjectKind,
  id: row.subjectId,
  personalTokenId: row.personalTokenId,
});

/** A token's row as it is shown; never the token. */
export function toTokenView(row: Omit<TokenRow, "revokedBy" | "expiringEventAtMs">, nowMs: number): SessionTokenView {
  const isOver = row.expiresAtMs <= nowMs;
  return {
    id: row.id,
    botId: row.botId,
    subject: row.subjectId,
    issuedAt: toInstant(row.issuedAtMs),
    expiresAt: toInstant(row.expiresAtMs),
    chainStartedAt: toInstant(row.chainStartedAtMs),
    renewedFrom: row.renewedFromId,
    revokedAt: row.revokedAtMs === null ? null : toInstant(row.revokedAtMs),
    lastUsedAt: row.lastUsedAtMs === null ? null : toInstant(row.lastUsedAtMs),
    status: row.revokedAtMs !== null ? "revoked" : isOver ? "expired" : "active",
  };
}

const tokenKeys = (ctx: ServiceContext) => ({
  signing: ctx.keyring.signing,
  claims: ctx.keyring.claims,
  issuer: ctx.settings.publicUrl,
});

/** The history markers grow without bound and are of no use to the holder of a token. */
function withoutHistory(credentials: string): string {
  const { processedHistoryMessages: _, ...rest } = JSON.parse(credentials) as Record<string, unknown>;
  return JSON.stringify(rest);
}
