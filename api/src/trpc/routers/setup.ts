import { completeSetup, isSetUp } from "@switchboard/core/services/identity/complete-setup";
import { setupSchema } from "@switchboard/core/services/identity/schemas";
import { publicProcedure, router } from "../init.ts";

/** The first start of an installation. */
export const setupRouter = router({
  /** Whether the first admin exists. */
  status: publicProcedure.query(async ({ ctx }) => ({ setUp: await isSetUp(ctx.service) })),

  /** Makes the first admin and signs them in; `token` is shown here and never again. */
  complete: publicProcedure.input(setupSchema).mutation(async ({ ctx, input }) => {
    const { setupCode } = ctx.deps;
    const person = await completeSetup(ctx.service, input, (await setupCode?.read()) ?? null);
    await setupCode?.forget();
    return person;
  }),
});
