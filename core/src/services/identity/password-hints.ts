import { teamMembers, teams, users } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { eq } from "drizzle-orm";

/** What others know of a person, which makes no good password: their name, their e-mail address, and what their teams are called. */
export async function passwordHintsOf(reader: Reader, userId: string): Promise<string[]> {
  const rows = await reader
    .select({ name: users.name, email: users.email, teamName: teams.name })
    .from(users)
    .innerJoin(teamMembers, eq(teamMembers.userId, users.id))
    .innerJoin(teams, eq(teams.id, teamMembers.organizationId))
    .where(eq(users.id, userId));
  return rows.flatMap(({ name, email, teamName }) => [name, email, teamName]);
}
