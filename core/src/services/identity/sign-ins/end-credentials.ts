import { personalTokens, userSessions } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, gt, isNull, ne } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../../context.ts";
import { isSignInOver } from "../../../domain/sign-in-life.ts";
import type { Person } from "../../access.ts";

/** Whose credentials end, and which of them goes on; null: none does. */
interface EndOf {
  readonly userId: string;
  readonly exceptId: string | null;
}

/** Ends a person's browser sign-ins in the caller's transaction; answers how many were not over anyhow. */
export async function endSignIns(tx: Transaction, ctx: ServiceContext, { userId, exceptId }: EndOf): Promise<number> {
  const isOther = exceptId === null ? undefined : ne(userSessions.id, exceptId);
  const ended = await tx
    .delete(userSessions)
    .where(and(eq(userSessions.userId, userId), isOther))
    .returning({ createdAt: userSessions.createdAt, updatedAt: userSessions.updatedAt });
  const nowMs = ctx.clock.nowMs();
  return ended.filter(
    ({ createdAt, updatedAt }) =>
      !isSignInOver({ createdAtMs: createdAt.getTime(), usedAtMs: updatedAt.getTime() }, nowMs),
  ).length;
}

/** Ends a person's personal access tokens in every team, in the caller's transaction; answers how many were good. */
export async function endPersonalTokens(
  tx: Transaction,
  ctx: ServiceContext,
  { userId, exceptId }: EndOf,
): Promise<number> {
  const nowMs = ctx.clock.nowMs();
  const isGood = and(isNull(personalTokens.revokedAtMs), gt(personalTokens.expiresAtMs, nowMs));
  const isOther = exceptId === null ? undefined : ne(personalTokens.id, exceptId);
  const ended = await tx
    .update(personalTokens)
    .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
    .where(and(eq(personalTokens.userId, userId), isGood, isOther))
    .returning({ id: personalTokens.id });
  return ended.length;
}

/** The browser sign-in that asks; null when it is none. */
export const ownSignInId = (person: Person): string | null => (person.kind === "user" ? person.signInId : null);

/** The personal access token that asks; null when it is none. */
export const ownTokenId = (person: Person): string | null =>
  person.kind === "personal-access-token" ? person.tokenId : null;
