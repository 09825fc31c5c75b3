import { personalTokens, teamMembers, userSessions, users } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, isNull, notExists } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../../context.ts";
import { decideRemoval } from "../../../domain/role-changes.ts";
import { authorizePerson, authorizeTeamAdmin, requireRecentPassword } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { endTokensOfPerson } from "../../sessions/end-tokens-of-person.ts";
import { isMadeBy, isResetOf, revokeOpenCodes } from "../one-time-codes.ts";
import { currentRole, isDispensable, lastOwner, type MemberRow, readMember, requireAllowed } from "./internal.ts";

/**
 * Takes a person out of the team; everybody may leave. Their personal tokens and session tokens of the team end, open
 * invitations and resets they made too, browser sign-ins go on in another team of theirs. API keys they made stay: those
 * belong to the team. Whoever is in no team any more is deleted, which frees the e-mail address.
 * @throws ServiceError forbidden below admin and for owners below owner; confirmation-required; not-found; conflict for the
 *   last owner
 */
export async function removeUser(ctx: ServiceContext, input: { userId: string }): Promise<void> {
  const person = authorizePerson(ctx);
  const isSelf = input.userId === person.userId;
  if (!isSelf) authorizeTeamAdmin(ctx);
  requireRecentPassword(ctx);
  await ctx.db.write(async (tx) => {
    const member = await readMember(tx, person.teamId, input.userId);
    const ownRole = await currentRole(tx, person);
    requireAllowed(decideRemoval(ownRole, { role: member.role, isSelf }));
    const left = await tx.delete(teamMembers).where(isDispensable(tx, member)).returning({ id: teamMembers.id });
    if (left.length === 0) throw lastOwner();
    await endWhatTheyHeld(tx, ctx, member);
    const isDeleted = await deleteWithoutTeam(tx, member.userId);
    const detail = { role: member.role, isDeleted };
    await writeAudit(tx, ctx, {
      action: "user.remove",
      objectId: member.userId,
      teamId: member.organizationId,
      detail,
    });
  });
}

async function endWhatTheyHeld(tx: Transaction, ctx: ServiceContext, member: MemberRow): Promise<void> {
  const { userId, organizationId: teamId } = member;
  const isTheirs = and(eq(personalTokens.userId, userId), eq(personalTokens.teamId, teamId));
  await tx
    .update(personalTokens)
    .set({ revokedAtMs: ctx.clock.nowMs(), revokedBy: actorName(ctx.actor) })
    .where(and(isTheirs, isNull(personalTokens.revokedAtMs)));
  await tx
    .update(userSessions)
    .set({ activeOrganizationId: null })
    .where(and(eq(userSessions.userId, userId), eq(userSessions.activeOrganizationId, teamId)));
  await endTokensOfPerson(tx, ctx, { teamId, userId });
  await revokeOpenCodes(tx, ctx, isMadeBy(userId, teamId));
  await revokeOpenCodes(tx, ctx, isResetOf(userId));
}

/** Their sign-ins, tokens and password go with them. */
async function deleteWithoutTeam(tx: Transaction, userId: string): Promise<boolean> {
  const memberships = tx.select({ id: teamMembers.id }).from(teamMembers).where(eq(teamMembers.userId, userId));
  const deleted = await tx
    .delete(users)
    .where(and(eq(users.id, userId), notExists(memberships)))
    .returning({ id: users.id });
  return deleted.length > 0;
}
