import { teamMembers, teams } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { authorizePerson, scopesOf } from "../access.ts";
import { findPerson, joinOrder } from "./internal.ts";
import type { meSchema } from "./schemas.ts";

/**
 * The signed-in person in the team they act in, what their role allows there, and every team they belong to.
 * @throws ServiceError unauthenticated; forbidden for credentials that stand for no person
 */
export async function getMe(ctx: ServiceContext): Promise<z.infer<typeof meSchema>> {
  const { userId, teamId } = authorizePerson(ctx);
  const person = await findPerson(ctx.db.reader, userId, teamId);
  if (!person) throw new ServiceError("unauthenticated", "Sign in first.");
  return { ...person, scopes: [...scopesOf(ctx.actor)], teams: await teamsOf(ctx.db.reader, userId) };
}

/** A person's teams, the one they joined first in front. */
const teamsOf = (reader: Reader, userId: string) =>
  reader
    .select({ id: teams.id, name: teams.name, role: teamMembers.role })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.organizationId))
    .where(eq(teamMembers.userId, userId))
    .orderBy(...joinOrder);
