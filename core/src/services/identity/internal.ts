import { type apiKeys, personalTokens, type TeamId, teamMembers, teams, users } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { createCredential, credentialHmac } from "../../crypto/credential-format.ts";
import { type Scope, scopes } from "../../domain/vocabulary.ts";
import { toInstant } from "../bots/internal.ts";
import type { ApiKeyView, PersonView } from "./schemas.ts";

/** Days a token made by `sb login` lives. */
const PERSONAL_TOKEN_DAYS = 90;
export const DAY_MS = 86_400_000;

type ApiKeyRow = typeof apiKeys.$inferSelect;

/** A stored key as it is shown. */
export function toApiKeyView(row: ApiKeyRow, nowMs: number): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    prefix: `sb_live_${row.publicId}`,
    scopes: toScopes(row.scopes),
    botIds: row.botIds,
    cidrs: row.cidrs,
    status: statusOf(row, nowMs),
    createdBy: row.createdBy,
    createdAt: toInstant(row.createdAtMs),
    expiresAt: toInstant(row.expiresAtMs),
    lastUsedAt: row.lastUsedAtMs === null ? null : toInstant(row.lastUsedAtMs),
    lastUsedAddress: row.lastUsedAddress,
  };
}

/** Stored scopes that this version still knows. */
export const toScopes = (stored: readonly string[]): Scope[] => scopes.filter((scope) => stored.includes(scope));

/** The pepper that signs new credentials. @throws Error when the keyring has lost it */
export function currentPepper(ctx: Pick<ServiceContext, "keyring">) {
  const pepper = ctx.keyring.peppers.get(ctx.keyring.pepperVersion);
  if (!pepper) throw new Error("the keyring has no current pepper");
  return pepper;
}

/** A person in the given team, or else in their first one; null when the person belongs to none of these. */
export async function findPerson(reader: Reader, userId: string, teamId?: TeamId): Promise<PersonView | null> {
  const [row] = await reader
    .select({
      userId: users.id,
      name: users.name,
      email: users.email,
      teamId: teams.id,
      teamName: teams.name,
      role: teamMembers.role,
    })
    .from(users)
    .innerJoin(teamMembers, eq(teamMembers.userId, users.id))
    .innerJoin(teams, eq(teams.id, teamMembers.organizationId))
    .where(and(eq(users.id, userId), teamId === undefined ? undefined : eq(teams.id, teamId)))
    .orderBy(teamMembers.createdAt)
    .limit(1);
  return row ?? null;
}

/** Adds a personal access token in the caller's transaction; `text` is to be shown once. */
export async function addPersonalToken(
  tx: Transaction,
  ctx: ServiceContext,
  owner: { userId: string; teamId: TeamId },
  name: string,
) {
  const credential = createCredential("sb_pat_");
  const nowMs = ctx.clock.nowMs();
  const expiresAtMs = nowMs + PERSONAL_TOKEN_DAYS * DAY_MS;
  const secretHmac = Buffer.from(await credentialHmac(currentPepper(ctx), credential.publicId, credential.secret));
  await tx.insert(personalTokens).values({
    id: ctx.ids.next("personalToken"),
    userId: owner.userId,
    teamId: owner.teamId,
    publicId: credential.publicId,
    secretHmac,
    pepperVersion: ctx.keyring.pepperVersion,
    name,
    createdAtMs: nowMs,
    expiresAtMs,
  });
  return { token: credential.text, expiresAt: toInstant(expiresAtMs) };
}

function statusOf(row: ApiKeyRow, nowMs: number): ApiKeyView["status"] {
  if (row.revokedAtMs !== null) return "revoked";
  if (row.disabledAtMs !== null) return "disabled";
  return row.expiresAtMs <= nowMs ? "expired" : "active";
}
