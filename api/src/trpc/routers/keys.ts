import { createApiKey, listApiKeys, revokeApiKey } from "@switchboard/core/services/identity/api-keys";
import { createApiKeySchema, listPageSchema } from "@switchboard/core/services/identity/schemas";
import { z } from "zod";
import { procedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

/** API keys of microservices; for admins. */
export const keysRouter = router({
  list: procedure.input(listPageSchema.prefault({})).query(({ ctx, input }) => listApiKeys(ctx.service, input)),
  /** `secret` is shown here and never again. */
  create: procedure.input(createApiKeySchema).mutation(({ ctx, input }) => createApiKey(ctx.service, input)),
  revoke: procedure
    .input(z.strictObject({ keyId: idSchema }))
    .mutation(({ ctx, input }) => revokeApiKey(ctx.service, input)),
});
