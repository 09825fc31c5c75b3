import type { ServiceContext } from "../../../context.ts";
import { authorizePerson } from "../../access.ts";
import { viewTeam } from "./internal.ts";
import type { TeamView } from "./schemas.ts";

/** The team one acts in. @throws ServiceError forbidden for credentials of no person */
export async function getTeam(ctx: ServiceContext): Promise<TeamView> {
  const person = authorizePerson(ctx);
  return viewTeam(ctx.db.reader, person, person.teamId);
}
