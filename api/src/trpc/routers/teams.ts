import { createTeam } from "@switchboard/core/services/identity/teams/create-team";
import { getTeam } from "@switchboard/core/services/identity/teams/get-team";
import { listTeams } from "@switchboard/core/services/identity/teams/list-teams";
import { renameTeam } from "@switchboard/core/services/identity/teams/rename-team";
import { createTeamSchema, renameTeamSchema } from "@switchboard/core/services/identity/teams/schemas";
import { switchTeam } from "@switchboard/core/services/identity/teams/switch-team";
import { z } from "zod";
import { procedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

/** One's teams, and the one this credential acts in. */
export const teamsRouter = router({
  list: procedure.query(({ ctx }) => listTeams(ctx.service)),
  create: procedure.input(createTeamSchema).mutation(({ ctx, input }) => createTeam(ctx.service, input)),
  current: procedure.query(({ ctx }) => getTeam(ctx.service)),
  rename: procedure.input(renameTeamSchema).mutation(({ ctx, input }) => renameTeam(ctx.service, input)),
  /** For browser sign-ins: a personal access token belongs to one team. */
  switch: procedure
    .input(z.strictObject({ teamId: idSchema }))
    .mutation(({ ctx, input }) => switchTeam(ctx.service, input)),
});
