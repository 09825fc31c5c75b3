import { apiKeys, type TeamId } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, count, eq, gt, isNull } from "drizzle-orm";
import { actorName, principalName, type ServiceContext } from "../../../context.ts";
import { createCredential, credentialHmac } from "../../../crypto/credential-format.ts";
import { looksLikeId } from "../../../crypto/ids.ts";
import { hasScope, isCidr } from "../../../domain/access.ts";
import type { AuditAction, Scope } from "../../../domain/vocabulary.ts";
import { invalid, notFound, ServiceError } from "../../../errors.ts";
import { idPrefixes } from "../../../ports/ids.ts";
import { authorizePerson, authorizeTeamAdmin, scopesOf } from "../../access.ts";
import { toInstant } from "../../bots/internal.ts";
import { emit, writeAudit } from "../../records.ts";
import { currentPerson } from "../current-person.ts";
import { currentPepper, toInstantOrNull, toScopes } from "../internal.ts";
import type { ApiKeyView } from "./schemas.ts";

/** A key as the database holds it. */
export type ApiKeyRow = typeof apiKeys.$inferSelect;

/** The id, secret and HMAC of a key to be; `text` is the key itself, to be shown once. */
export async function newKeyCredential(ctx: Pick<ServiceContext, "ids" | "keyring">) {
  const { publicId, secret, text } = createCredential("sb_live_");
  const secretHmac = await credentialHmac(currentPepper(ctx), publicId, secret);
  const { pepperVersion } = ctx.keyring;
  return { text, columns: { id: ctx.ids.next("key"), publicId, secretHmac, pepperVersion } };
}

/** API keys of one team that are not revoked and not expired at the same time; each has a quota of its own. */
export const LIVE_KEYS_MAX = 1_000;

/**
 * Stores a key in the caller's transaction, with its audit row and `key.created`. `detail.recipient`: the thumbprint of the
 * recipient key it is about to get.
 * @throws ServiceError conflict for a team that has as many as it may have
 */
export async function storeKey(
  tx: Transaction,
  ctx: ServiceContext,
  columns: Omit<typeof apiKeys.$inferInsert, "createdBy" | "createdAtMs">,
  detail: { readonly replaces?: string; readonly recipient?: string },
): Promise<ApiKeyView> {
  const nowMs = ctx.clock.nowMs();
  await requireRoomForKey(tx, columns.teamId, nowMs);
  const made = { ...columns, createdBy: actorName(ctx.actor), createdAtMs: nowMs };
  const [row] = await tx.insert(apiKeys).values(made).returning();
  if (!row) throw new Error("the key was not stored");
  const view = toApiKeyView(row, detail.recipient ?? null, nowMs);
  const what = { scopes: view.scopes, ...plainApproval(ctx, view.scopes), ...detail };
  await writeAudit(tx, ctx, { ...auditOf("api-key.create", row), detail: what });
  await emit(tx, ctx, { type: "key.created", teamId: row.teamId, data: view });
  return view;
}

/** Who answers for it that a key may read sessions in plain form, for the audit; nothing for a key that may not. */
export const plainApproval = (ctx: Pick<ServiceContext, "actor">, granted: readonly string[]) =>
  granted.includes("session:plain") ? { plainApprovedBy: principalName(ctx.actor) } : {};

async function requireRoomForKey(tx: Transaction, teamId: TeamId, nowMs: number): Promise<void> {
  const isLive = and(eq(apiKeys.teamId, teamId), isNull(apiKeys.revokedAtMs), gt(apiKeys.expiresAtMs, nowMs));
  const [row] = await tx.select({ live: count() }).from(apiKeys).where(isLive);
  if ((row?.live ?? 0) < LIVE_KEYS_MAX) return;
  throw new ServiceError("conflict", `The team has ${LIVE_KEYS_MAX} API keys. Revoke one of them first.`);
}

/** What the WHERE of every statement about one key of the team holds. @throws ServiceError not-found for a malformed id */
export function isKeyOfTeam(keyId: string, teamId: TeamId) {
  if (!looksLikeId(keyId, idPrefixes.key)) throw notFound();
  return and(eq(apiKeys.id, keyId), eq(apiKeys.teamId, teamId));
}

/** The key, when it is the team's. @throws ServiceError not-found */
export async function readKey(reader: Reader, keyId: string, teamId: TeamId): Promise<ApiKeyRow> {
  const [row] = await reader.select().from(apiKeys).where(isKeyOfTeam(keyId, teamId));
  if (!row) throw notFound();
  return row;
}

/**
 * Lets a key be made by who is an admin at this moment and holds its scopes, with a credential that is still good.
 * @throws ServiceError unauthenticated, forbidden, scope-missing
 */
export async function requireKeyMaker(tx: Transaction, ctx: ServiceContext, wanted: readonly Scope[]): Promise<void> {
  const actor = await currentPerson(tx, authorizePerson(ctx));
  authorizeTeamAdmin({ ...ctx, actor });
  requireGrantable({ actor }, wanted);
}

/** Nobody gives a key what they do not hold themselves. @throws ServiceError scope-missing */
export function requireGrantable(ctx: Pick<ServiceContext, "actor">, wanted: readonly Scope[]): void {
  const beyond = wanted.find((scope) => !hasScope(scopesOf(ctx.actor), scope));
  if (beyond === undefined) return;
  const extra = { requiredScope: beyond };
  throw new ServiceError("scope-missing", `You cannot give the scope ${beyond}, which you do not hold.`, { extra });
}

/** @throws ServiceError validation-failed for the first text that is no range */
export function requireCidrs(cidrs: readonly string[] | null | undefined): void {
  const bad = cidrs?.findIndex((cidr) => !isCidr(cidr)) ?? -1;
  if (bad >= 0) throw invalid(`cidrs.${bad}`, "Write an address range such as 203.0.113.0/24.");
}

/** A stored key as it is shown. `recipient`: the thumbprint of its recipient key. */
export function toApiKeyView(row: ApiKeyRow, recipient: string | null, nowMs: number): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    prefix: `sb_live_${row.publicId}`,
    scopes: toScopes(row.scopes),
    botIds: row.botIds,
    cidrs: row.cidrs,
    requestsPerMinute: row.requestsPerMinute,
    status: statusOf(row, nowMs),
    createdBy: row.createdBy,
    createdAt: toInstant(row.createdAtMs),
    expiresAt: toInstant(row.expiresAtMs),
    disabledAt: toInstantOrNull(row.disabledAtMs),
    revokedAt: toInstantOrNull(row.revokedAtMs),
    successorId: row.successorId,
    recipient,
    lastUsedAt: toInstantOrNull(row.lastUsedAtMs),
    lastUsedAddress: row.lastUsedAddress,
    lastUsedUserAgent: row.lastUsedUserAgent,
  };
}

/** The target of an audit row about a key. */
export const auditOf = (action: AuditAction, { id, teamId }: Pick<ApiKeyRow, "id" | "teamId">) => ({
  action,
  objectId: id,
  teamId,
});

function statusOf(row: ApiKeyRow, nowMs: number): ApiKeyView["status"] {
  if (row.revokedAtMs !== null) return "revoked";
  if (row.expiresAtMs <= nowMs) return "expired";
  return row.disabledAtMs === null ? "active" : "disabled";
}
