import type { ServiceContext } from "../../../context.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { readMember, viewUser } from "./internal.ts";
import type { UserView } from "./schemas.ts";

/** One of the team's people. @throws ServiceError forbidden below admin; not-found for everybody outside the team */
export async function getUser(ctx: ServiceContext, input: { userId: string }): Promise<UserView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const { userId } = await readMember(ctx.db.reader, teamId, input.userId);
  return viewUser(ctx.db.reader, ctx.clock.nowMs(), teamId, userId);
}
