import { type TeamId, teamMembers, teams } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import { notFound } from "../../../errors.ts";
import type { Person } from "../../access.ts";
import { joinOrder } from "../internal.ts";
import type { TeamView } from "./schemas.ts";

/** The teams of a person, the first one first; `teamId` leaves only that one. */
export async function viewTeams(reader: Reader, person: Person, teamId?: TeamId): Promise<TeamView[]> {
  const isTheirs = and(
    eq(teamMembers.userId, person.userId),
    teamId === undefined ? undefined : eq(teamMembers.organizationId, teamId),
  );
  const rows = await reader
    .select({ team: teams, role: teamMembers.role })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.organizationId))
    .where(isTheirs)
    .orderBy(...joinOrder);
  return rows.map(({ team: { id, name, slug, createdAt }, role }) => {
    return { id, name, slug, role, current: id === person.teamId, createdAt: createdAt.toISOString() };
  });
}

/** One team of a person. @throws ServiceError not-found when they do not belong to it */
export async function viewTeam(reader: Reader, person: Person, teamId: TeamId): Promise<TeamView> {
  const [team] = await viewTeams(reader, person, teamId);
  if (!team) throw notFound();
  return team;
}

/** What the team is called. @throws ServiceError not-found */
export async function readTeamName(reader: Reader, teamId: TeamId): Promise<string> {
  const [team] = await reader.select({ name: teams.name }).from(teams).where(eq(teams.id, teamId));
  if (!team) throw notFound();
  return team.name;
}
