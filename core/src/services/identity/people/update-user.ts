import { teamMembers, users } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, ne } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { decideManaging, decideRoleChange, isAtLeast } from "../../../domain/role-changes.ts";
import type { Role } from "../../../domain/vocabulary.ts";
import { ServiceError } from "../../../errors.ts";
import { authorizePerson, authorizeTeamAdmin, type Person, requireRecentPassword } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { isMadeBy, isResetOf, revokeOpenCodes } from "../one-time-codes.ts";
import {
  currentRole,
  isDispensable,
  lastOwner,
  type MemberRow,
  readMember,
  requireAllowed,
  viewUser,
} from "./internal.ts";
import type { UserView, updateUserSchema } from "./schemas.ts";

/**
 * Changes a member's role or name; one's own name may be changed by everybody. The role is the new one from the member's
 * next request on.
 * @throws ServiceError forbidden below admin, for owners below owner, and for the name of somebody of other teams as well;
 *   confirmation-required for a role; not-found; conflict for the last owner
 */
export async function updateUser(
  ctx: ServiceContext,
  input: { userId: string; changes: z.output<typeof updateUserSchema> },
): Promise<UserView> {
  const person = authorizePerson(ctx);
  const { name, role } = input.changes;
  if (role !== undefined || input.userId !== person.userId) authorizeTeamAdmin(ctx);
  if (role !== undefined) requireRecentPassword(ctx);
  return ctx.db.write(async (tx) => {
    const member = await readMember(tx, person.teamId, input.userId);
    const ownRole = await currentRole(tx, person);
    if (name !== undefined) await rename(tx, ctx, { person, ownRole, member, name });
    if (role !== undefined && role !== member.role) await changeRole(tx, ctx, { ownRole, member, role });
    return viewUser(tx, ctx.clock.nowMs(), member.organizationId, member.userId);
  });
}

async function changeRole(
  tx: Transaction,
  ctx: ServiceContext,
  { ownRole, member, role }: { ownRole: Role; member: MemberRow; role: Role },
): Promise<void> {
  requireAllowed(decideRoleChange(ownRole, member.role, role));
  const changed = await tx
    .update(teamMembers)
    .set({ role })
    .where(isDispensable(tx, member))
    .returning({ id: teamMembers.id });
  if (changed.length === 0) throw lastOwner();
  const { userId, organizationId: teamId } = member;
  if (!isAtLeast(role, member.role)) await revokeOpenCodes(tx, ctx, isMadeBy(userId, teamId));
  // Whoever asked for a way to the old role must not get into the new one by it.
  await revokeOpenCodes(tx, ctx, isResetOf(userId));
  const detail = { from: member.role, to: role };
  await writeAudit(tx, ctx, { action: "user.change-role", objectId: userId, teamId, detail });
}

async function rename(
  tx: Transaction,
  ctx: ServiceContext,
  { person, ownRole, member, name }: { person: Person; ownRole: Role; member: MemberRow; name: string },
): Promise<void> {
  const { userId, organizationId: teamId } = member;
  if (userId !== person.userId) {
    requireAllowed(decideManaging(ownRole, member.role));
    if (await isInOtherTeam(tx, member)) throw ownNameOnly();
  }
  const renamed = await tx
    .update(users)
    .set({ name, updatedAt: new Date(ctx.clock.nowMs()) })
    .where(and(eq(users.id, userId), ne(users.name, name)))
    .returning({ id: users.id });
  if (renamed.length === 0) return;
  await writeAudit(tx, ctx, { action: "user.update", objectId: userId, teamId, detail: { changed: ["name"] } });
}

async function isInOtherTeam(tx: Transaction, { userId, organizationId }: MemberRow): Promise<boolean> {
  const isElsewhere = and(eq(teamMembers.userId, userId), ne(teamMembers.organizationId, organizationId));
  return (await tx.select({ id: teamMembers.id }).from(teamMembers).where(isElsewhere).limit(1)).length > 0;
}

const ownNameOnly = () =>
  new ServiceError("forbidden", "This person belongs to other teams as well; they change their name themselves.");
