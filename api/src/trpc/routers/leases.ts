import { forceTake } from "@switchboard/core/services/custody/force-take";
import { freezeLease, unfreezeLease } from "@switchboard/core/services/custody/freeze-lease";
import { getLease } from "@switchboard/core/services/custody/get-lease";
import { handOver } from "@switchboard/core/services/custody/hand-over";
import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import { forceTakeSchema, successorSchema } from "@switchboard/core/services/custody/schemas";
import { procedure, router } from "../init.ts";
import { botInput } from "../inputs.ts";

/** Who holds a bot's session, and what people may do about it. Microservices take and renew leases over REST. */
export const leasesRouter = router({
  get: procedure.input(botInput).query(({ ctx, input }) => getLease(ctx.service, input)),
  revoke: procedure.input(botInput).mutation(async ({ ctx, input }) => {
    await revokeLease(ctx.service, input);
    ctx.deps.onLease?.("revoked");
  }),
  freeze: procedure.input(botInput).mutation(async ({ ctx, input }) => {
    await freezeLease(ctx.service, input);
    ctx.deps.onLease?.("frozen");
  }),
  unfreeze: procedure.input(botInput).mutation(({ ctx, input }) => unfreezeLease(ctx.service, input)),
  /** `to` is `workers` or the id of a key. */
  handover: procedure
    .input(botInput.extend(successorSchema.shape))
    .mutation(({ ctx, input }) => handOver(ctx.service, input)),
  forceTake: procedure.input(botInput.extend(forceTakeSchema.shape)).mutation(async ({ ctx, input }) => {
    const taken = await forceTake(ctx.service, input);
    ctx.deps.onLease?.("revoked");
    return taken;
  }),
});
