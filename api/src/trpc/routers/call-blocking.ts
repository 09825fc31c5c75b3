import { getCallBlocking } from "@switchboard/core/services/settings/get-call-blocking";
import { patchCallBlocking } from "@switchboard/core/services/settings/patch-call-blocking";
import { replaceCallBlocking } from "@switchboard/core/services/settings/replace-call-blocking";
import { patchCallBlockingSchema, replaceCallBlockingSchema } from "@switchboard/core/services/settings/schemas";
import { procedure, router } from "../init.ts";
import { botInput } from "../inputs.ts";

/** How a bot screens its calls. A change applies from the next call. */
export const callBlockingRouter = router({
  get: procedure.input(botInput).query(({ ctx, input }) => getCallBlocking(ctx.service, input)),
  /** What `settings` leaves out takes its default. */
  replace: procedure
    .input(botInput.extend({ settings: replaceCallBlockingSchema }))
    .mutation(({ ctx, input }) => replaceCallBlocking(ctx.service, { botId: input.botId, ...input.settings })),
  /** What `changes` leaves out stays. */
  patch: procedure
    .input(botInput.extend({ changes: patchCallBlockingSchema }))
    .mutation(({ ctx, input }) => patchCallBlocking(ctx.service, { botId: input.botId, ...input.changes })),
});
