import { getAuditEntry } from "@switchboard/core/services/audit/get-audit-entry";
import { listAudit } from "@switchboard/core/services/audit/list-audit";
import { listAuditSchema } from "@switchboard/core/services/audit/schemas";
import { z } from "zod";
import { procedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

/** Who did what to which thing from where. */
export const auditRouter = router({
  /** The newest first, refusals included. */
  list: procedure.input(listAuditSchema.prefault({})).query(({ ctx, input }) => listAudit(ctx.service, input)),
  get: procedure
    .input(z.strictObject({ auditId: idSchema }))
    .query(({ ctx, input }) => getAuditEntry(ctx.service, input)),
});
