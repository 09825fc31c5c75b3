import { describeSettings } from "@switchboard/core/config/describe-settings";
import { authorizeTeamAdmin } from "@switchboard/core/services/access";
import { getCleanupStatus } from "@switchboard/core/services/system/cleanup-status";
import { getHealth } from "@switchboard/core/services/system/get-health";
import { procedure, router } from "../init.ts";

/** The installation itself. */
export const systemRouter = router({
  health: procedure.query(async ({ ctx }) => ({
    version: ctx.deps.version ?? null,
    ...(await getHealth(ctx.service)),
  })),
  cleanup: router({
    /** When the housekeeping ran and when it should run again. */
    status: procedure.query(({ ctx }) => getCleanupStatus(ctx.service)),
  }),
  /** The settings the api runs with, secrets as set or not; for admins. null: this process does not tell. */
  config: procedure.query(({ ctx }) => {
    authorizeTeamAdmin(ctx.service);
    return ctx.deps.settings ? describeSettings(ctx.deps.settings) : null;
  }),
});
