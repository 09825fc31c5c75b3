import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { authorizePerson, scopesOf } from "../access.ts";
import { findPerson } from "./internal.ts";
import type { meSchema } from "./schemas.ts";
import { viewTeams } from "./teams/internal.ts";

/**
 * The signed-in person in the team they act in, what their role allows there, and every team they belong to.
 * @throws ServiceError unauthenticated; forbidden for credentials that stand for no person
 */
export async function getMe(ctx: ServiceContext): Promise<z.infer<typeof meSchema>> {
  const actor = authorizePerson(ctx);
  const person = await findPerson(ctx.db.reader, actor.userId, actor.teamId);
  if (!person) throw new ServiceError("unauthenticated", "Sign in first.");
  const teams = await viewTeams(ctx.db.reader, actor);
  return {
    ...person,
    scopes: [...scopesOf(ctx.actor)],
    teams: teams.map(({ id, name, role }) => ({ id, name, role })),
  };
}
