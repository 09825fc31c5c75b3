import { allowContact } from "@switchboard/core/services/blocks/allow-contact";
import { listAllowed } from "@switchboard/core/services/blocks/list-allowed";
import { removeAllow } from "@switchboard/core/services/blocks/remove-allow";
import { allowContactSchema, listAllowedSchema } from "@switchboard/core/services/blocks/schemas";
import { procedure, router } from "../init.ts";
import { botInput, idSchema } from "../inputs.ts";

/** Callers who always get through. */
export const allowsRouter = router({
  list: procedure
    .input(botInput.extend(listAllowedSchema.shape))
    .query(({ ctx, input }) => listAllowed(ctx.service, input)),
  add: procedure
    .input(allowContactSchema.safeExtend(botInput.shape))
    .mutation(({ ctx, input }) => allowContact(ctx.service, input)),
  remove: procedure
    .input(botInput.extend({ allowId: idSchema }))
    .mutation(({ ctx, input }) => removeAllow(ctx.service, input)),
});
