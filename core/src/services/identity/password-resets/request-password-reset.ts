import { teamMembers } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { ServiceContext } from "../../../context.ts";
import { decideManaging, decidePasswordReset, type SharedTeam } from "../../../domain/role-changes.ts";
import { authorizePerson, authorizeTeamAdmin, requireRecentPassword } from "../../access.ts";
import { currentRole, readMember, requireAllowed } from "../people/internal.ts";
import { addPasswordReset } from "./internal.ts";
import type { CreatedPasswordReset } from "./schemas.ts";

/**
 * Makes a code with which a member sets a new password, once; it is shown in this answer only. The password opens every
 * team of the member, so one must be allowed to manage them in each.
 * @throws ServiceError forbidden below admin, for owners below owner, and for members of teams one does not manage;
 *   confirmation-required; not-found
 */
export async function requestPasswordReset(
  ctx: ServiceContext,
  input: { userId: string },
): Promise<CreatedPasswordReset> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const admin = authorizePerson(ctx);
  requireRecentPassword(ctx);
  return ctx.db.write(async (tx) => {
    const member = await readMember(tx, teamId, input.userId);
    requireAllowed(decideManaging(await currentRole(tx, admin), member.role));
    requireAllowed(decidePasswordReset(await teamsOf(tx, member.userId, admin.userId)));
    return addPasswordReset(tx, ctx, { userId: member.userId, teamId });
  });
}

/** Every team of a person, with the role somebody else has there. */
function teamsOf(tx: Transaction, userId: string, actorUserId: string): Promise<SharedTeam[]> {
  const actor = alias(teamMembers, "actor_member");
  return tx
    .select({ role: teamMembers.role, actorRole: actor.role })
    .from(teamMembers)
    .leftJoin(actor, and(eq(actor.organizationId, teamMembers.organizationId), eq(actor.userId, actorUserId)))
    .where(eq(teamMembers.userId, userId));
}
