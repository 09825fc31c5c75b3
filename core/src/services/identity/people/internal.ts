import { audit, personalTokens, type TeamId, teamMembers, users } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, desc, eq, exists, gt, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { ServiceContext } from "../../../context.ts";
import { looksLikeId } from "../../../crypto/ids.ts";
import type { PeopleDecision, PeopleRefusal } from "../../../domain/role-changes.ts";
import type { Role } from "../../../domain/vocabulary.ts";
import { notFound, ServiceError } from "../../../errors.ts";
import { idPrefixes } from "../../../ports/ids.ts";
import { toInstant } from "../../bots/internal.ts";
import { isResetOf, revokeOpenCodes } from "../one-time-codes.ts";
import type { UserView } from "./schemas.ts";

export type MemberRow = typeof teamMembers.$inferSelect;

/** The columns a member's representation is made of. */
export function selectUsers(reader: Reader, nowMs: number) {
  const isSignIn = and(eq(audit.objectId, users.id), eq(audit.action, "user.sign-in"), eq(audit.outcome, "success"));
  const lastSignIn = reader.select({ atMs: audit.atMs }).from(audit).where(isSignIn).orderBy(desc(audit.atMs)).limit(1);
  const isTheirs = and(
    eq(personalTokens.userId, users.id),
    eq(personalTokens.teamId, teamMembers.organizationId),
    isNull(personalTokens.revokedAtMs),
    gt(personalTokens.expiresAtMs, nowMs),
  );
  return reader
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: teamMembers.role,
      createdAt: users.createdAt,
      joinedAt: teamMembers.createdAt,
      lastSignInAtMs: sql<number | null>`(${lastSignIn})`,
      hasOpenTokens: sql<number>`${exists(reader.select({ id: personalTokens.id }).from(personalTokens).where(isTheirs))}`,
    })
    .from(teamMembers)
    .innerJoin(users, eq(users.id, teamMembers.userId))
    .$dynamic();
}

type UserRow = Awaited<ReturnType<typeof selectUsers>>[number];

/** A member's row as it is shown. */
export const toUserView = ({ createdAt, joinedAt, lastSignInAtMs, hasOpenTokens, ...row }: UserRow): UserView => ({
  ...row,
  createdAt: createdAt.toISOString(),
  joinedAt: joinedAt.toISOString(),
  lastSignInAt: lastSignInAtMs === null ? null : toInstant(lastSignInAtMs),
  hasOpenTokens: hasOpenTokens === 1,
});

/** One member as they are shown. @throws ServiceError not-found */
export async function viewUser(reader: Reader, nowMs: number, teamId: TeamId, userId: string): Promise<UserView> {
  const [row] = await selectUsers(reader, nowMs).where(isMember(teamId, userId));
  if (!row) throw notFound();
  return toUserView(row);
}

/** The membership of a person. @throws ServiceError not-found, also for people of other teams and malformed ids */
export async function readMember(reader: Reader, teamId: TeamId, userId: string): Promise<MemberRow> {
  if (!looksLikeId(userId, idPrefixes.user)) throw notFound();
  const [row] = await reader.select().from(teamMembers).where(isMember(teamId, userId));
  if (!row) throw notFound();
  return row;
}

/**
 * The role the person who asks has at this moment: it may have been taken from them since their request came in.
 * @throws ServiceError forbidden when they left the team
 */
export async function currentRole(tx: Transaction, who: { teamId: TeamId; userId: string }): Promise<Role> {
  const [row] = await tx.select({ role: teamMembers.role }).from(teamMembers).where(isMember(who.teamId, who.userId));
  if (!row) throw new ServiceError("forbidden", "You do not belong to this team any more.");
  return row.role;
}

/** True of the membership itself, and only while the team keeps an owner without it. */
export function isDispensable(tx: Transaction, member: MemberRow): SQL | undefined {
  const other = alias(teamMembers, "other_member");
  const isOtherOwner = and(
    eq(other.organizationId, member.organizationId),
    eq(other.role, "owner"),
    ne(other.id, member.id),
  );
  const hasOtherOwner = exists(tx.select({ id: other.id }).from(other).where(isOtherOwner));
  return and(eq(teamMembers.id, member.id), or(ne(teamMembers.role, "owner"), hasOtherOwner));
}

/** Nobody is without an owner to turn to. */
export const lastOwner = () =>
  new ServiceError("conflict", "This is the team's last owner. Make somebody else an owner first.");

/** Lets through what was decided to be allowed. @throws ServiceError forbidden */
export function requireAllowed(decision: PeopleDecision): void {
  if (!decision.ok) throw new ServiceError("forbidden", REFUSALS[decision.reason]);
}

/** Adds a person, who has no password yet and belongs to no team. `null`: somebody has this e-mail address already. */
export async function addPerson(
  tx: Transaction,
  ctx: ServiceContext,
  person: { name: string; email: string },
): Promise<string | null> {
  const now = new Date(ctx.clock.nowMs());
  const [row] = await tx
    .insert(users)
    .values({ id: ctx.ids.next("user"), name: person.name, email: person.email, createdAt: now, updatedAt: now })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  return row?.id ?? null;
}

/**
 * Makes a person a member. false: they are one already. Open resets of their password end: whoever asked for a way into
 * the teams they had must not get into this one by it.
 */
export async function addMember(
  tx: Transaction,
  ctx: ServiceContext,
  member: { teamId: TeamId; userId: string; role: Role },
): Promise<boolean> {
  const { teamId: organizationId, userId, role } = member;
  const createdAt = new Date(ctx.clock.nowMs());
  const rows = await tx
    .insert(teamMembers)
    .values({ id: ctx.ids.next("member"), organizationId, userId, role, createdAt })
    .onConflictDoNothing({ target: [teamMembers.organizationId, teamMembers.userId] })
    .returning({ id: teamMembers.id });
  if (rows.length === 0) return false;
  await revokeOpenCodes(tx, ctx, isResetOf(userId));
  return true;
}

const isMember = (teamId: TeamId, userId: string) =>
  and(eq(teamMembers.organizationId, teamId), eq(teamMembers.userId, userId));

const REFUSALS: Readonly<Record<PeopleRefusal, string>> = {
  "not-admin": "This needs the role admin or owner.",
  "above-own-role": "Only an owner may give or take the role owner, or change an owner.",
  "above-elsewhere":
    "This person belongs to a team in which you may not manage them. A new password would open that team as well.",
};
