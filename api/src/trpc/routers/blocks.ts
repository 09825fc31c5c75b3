import { blockContact } from "@switchboard/core/services/blocks/block-contact";
import { getBlocked } from "@switchboard/core/services/blocks/get-blocked";
import { liftBlock } from "@switchboard/core/services/blocks/lift-block";
import { listBlocked } from "@switchboard/core/services/blocks/list-blocked";
import { restoreBlock } from "@switchboard/core/services/blocks/restore-block";
import { blockContactSchema, liftBlockSchema, listBlockedSchema } from "@switchboard/core/services/blocks/schemas";
import { procedure, router } from "../init.ts";
import { botInput, idSchema } from "../inputs.ts";

const contactInput = botInput.extend({ contactId: idSchema });

/** Callers a bot turns away. */
export const blocksRouter = router({
  list: procedure
    .input(botInput.extend(listBlockedSchema.shape))
    .query(({ ctx, input }) => listBlocked(ctx.service, input)),
  get: procedure.input(contactInput).query(({ ctx, input }) => getBlocked(ctx.service, input)),
  /** `isNew` false: a block that lasts at least as long was there already. */
  add: procedure
    .input(blockContactSchema.safeExtend(botInput.shape))
    .mutation(({ ctx, input }) => blockContact(ctx.service, input)),
  /** Ends a block; it stays in the history and can be restored. */
  lift: procedure
    .input(contactInput.extend(liftBlockSchema.shape))
    .mutation(({ ctx, input }) => liftBlock(ctx.service, input)),
  /** Undoes a lift. */
  restore: procedure.input(contactInput).mutation(({ ctx, input }) => restoreBlock(ctx.service, input)),
});
