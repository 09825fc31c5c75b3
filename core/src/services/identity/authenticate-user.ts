import { userSessions } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { Actor, ServiceContext } from "../../context.ts";
import { isSignInOver } from "../../domain/sign-in-life.ts";
import { findPerson } from "./internal.ts";

/** A browser sign-in whose cookie was verified. */
export interface BrowserSignInName {
  readonly userId: string;
  readonly signInId: string;
}

/**
 * The person of a browser sign-in, in the team chosen for it or else in their first; null when the sign-in is over, by the
 * clock as well, or they belong to no team.
 */
export async function authenticateUser(
  ctx: Pick<ServiceContext, "db" | "clock">,
  { userId, signInId }: BrowserSignInName,
): Promise<Actor | null> {
  const isThis = and(eq(userSessions.id, signInId), eq(userSessions.userId, userId));
  const [signIn] = await ctx.db.reader.select().from(userSessions).where(isThis);
  if (!signIn) return null;
  const use = { createdAtMs: signIn.createdAt.getTime(), usedAtMs: signIn.updatedAt.getTime() };
  if (isSignInOver(use, ctx.clock.nowMs())) return null;
  const chosen = signIn.activeOrganizationId;
  const inChosen = chosen && (await findPerson(ctx.db.reader, userId, chosen));
  const person = inChosen || (await findPerson(ctx.db.reader, userId));
  const confirmedAtMs = signIn.confirmedAtMs ?? signIn.createdAt.getTime();
  return person && { kind: "user", userId, teamId: person.teamId, role: person.role, signInId, confirmedAtMs };
}
