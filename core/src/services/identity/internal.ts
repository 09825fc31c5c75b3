import { personalTokens, type TeamId, teamMembers, teams, users } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, asc, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { createCredential, credentialHmac } from "../../crypto/credential-format.ts";
import { dayMs } from "../../domain/time-window.ts";
import { type Scope, scopes } from "../../domain/vocabulary.ts";
import { toInstant } from "../bots/internal.ts";
import { makeRoomForToken } from "./personal-tokens/live-tokens.ts";
import { PERSONAL_TOKEN_DAYS_DEFAULT } from "./personal-tokens/schemas.ts";
import type { PersonView } from "./schemas.ts";

/** Milliseconds as ISO 8601 UTC; null stays null. */
export const toInstantOrNull = (atMs: number | null): string | null => (atMs === null ? null : toInstant(atMs));

/** Stored scopes that this version still knows. */
export const toScopes = (stored: readonly string[]): Scope[] => scopes.filter((scope) => stored.includes(scope));

/** The pepper that signs new credentials. @throws Error when the keyring has lost it */
export function currentPepper(ctx: Pick<ServiceContext, "keyring">) {
  const pepper = ctx.keyring.peppers.get(ctx.keyring.pepperVersion);
  if (!pepper) throw new Error("the keyring has no current pepper");
  return pepper;
}

/** The order of a person's teams: the one they joined first in front. */
export const joinOrder = [asc(teamMembers.createdAt), asc(teamMembers.id)] as const;

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
    .orderBy(...joinOrder)
    .limit(1);
  return row ?? null;
}

/** What a personal access token is made with. */
export interface TokenWish {
  readonly name: string;
  readonly expiresInDays: number;
  /** When the password was given, where that was before now; null: it was given for this. */
  readonly confirmedAtMs: number | null;
}

/**
 * Stores a personal access token in the caller's transaction; `text` is the token itself, to be shown once. That there is
 * room for it is not checked: see live-tokens.ts.
 */
export async function storePersonalToken(
  tx: Transaction,
  ctx: Pick<ServiceContext, "clock" | "ids" | "keyring">,
  owner: { userId: string; teamId: TeamId },
  { name, expiresInDays, confirmedAtMs }: TokenWish,
) {
  const { publicId, secret, text } = createCredential("sb_pat_");
  const createdAtMs = ctx.clock.nowMs();
  const columns = {
    id: ctx.ids.next("personalToken"),
    userId: owner.userId,
    teamId: owner.teamId,
    publicId,
    secretHmac: await credentialHmac(currentPepper(ctx), publicId, secret),
    pepperVersion: ctx.keyring.pepperVersion,
    name,
    createdAtMs,
    expiresAtMs: createdAtMs + expiresInDays * dayMs,
    confirmedAtMs,
  };
  const [row] = await tx.insert(personalTokens).values(columns).returning();
  if (!row) throw new Error("the token was not stored");
  return { row, text };
}

/**
 * Adds the personal access token of a sign-in, for which the password was given just now unless `confirmedAtMs` says
 * when; see {@link storePersonalToken}. Who has as many as a person may have loses another one for it.
 */
export async function addPersonalToken(
  tx: Transaction,
  ctx: ServiceContext,
  owner: { userId: string; teamId: TeamId },
  name: string,
  confirmedAtMs: number | null = null,
): Promise<{ token: string; expiresAt: string }> {
  const wish = { name, expiresInDays: PERSONAL_TOKEN_DAYS_DEFAULT, confirmedAtMs };
  await makeRoomForToken(tx, ctx, owner.userId);
  const { row, text } = await storePersonalToken(tx, ctx, owner, wish);
  return { token: text, expiresAt: toInstant(row.expiresAtMs) };
}
