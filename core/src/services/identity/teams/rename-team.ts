import { teams } from "@switchboard/db/schema";
import { and, eq, ne } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizePerson, authorizeTeamAdmin } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { viewTeam } from "./internal.ts";
import type { renameTeamSchema, TeamView } from "./schemas.ts";

/** Gives the team one acts in another name; its slug stays. @throws ServiceError forbidden below admin */
export async function renameTeam(ctx: ServiceContext, input: z.output<typeof renameTeamSchema>): Promise<TeamView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const person = authorizePerson(ctx);
  return ctx.db.write(async (tx) => {
    const renamed = await tx
      .update(teams)
      .set({ name: input.name })
      .where(and(eq(teams.id, teamId), ne(teams.name, input.name)))
      .returning({ id: teams.id });
    if (renamed.length > 0) await writeAudit(tx, ctx, { action: "team.update", objectId: teamId, teamId });
    return viewTeam(tx, person, teamId);
  });
}
