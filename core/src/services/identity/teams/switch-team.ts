import { teamMembers, userSessions } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../../context.ts";
import { notFound, ServiceError } from "../../../errors.ts";
import { authorizePerson } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { viewTeam } from "./internal.ts";
import type { TeamView } from "./schemas.ts";

/**
 * Lets a browser sign-in act in another team of its person from the next request on.
 * @throws ServiceError forbidden for personal access tokens, which belong to one team; not-found for a team one is not in
 */
export async function switchTeam(ctx: ServiceContext, input: { teamId: string }): Promise<TeamView> {
  const person = authorizePerson(ctx);
  if (person.kind !== "user" || person.signInId === null) throw oneTeamOnly();
  const { userId, signInId } = person;
  return ctx.db.write(async (tx) => {
    const isTheirs = eq(teamMembers.userId, userId);
    const memberships = await tx.select({ teamId: teamMembers.organizationId }).from(teamMembers).where(isTheirs);
    const member = memberships.find(({ teamId }) => teamId === input.teamId);
    if (!member) throw notFound();
    await tx
      .update(userSessions)
      .set({ activeOrganizationId: member.teamId })
      .where(and(eq(userSessions.id, signInId), eq(userSessions.userId, userId)));
    await writeAudit(tx, ctx, { action: "user.switch-team", objectId: signInId, teamId: member.teamId });
    return viewTeam(tx, { ...person, teamId: member.teamId }, member.teamId);
  });
}

const oneTeamOnly = () =>
  new ServiceError(
    "forbidden",
    "A personal access token belongs to one team. Sign in with a browser to switch, or make a token in the other team.",
  );
