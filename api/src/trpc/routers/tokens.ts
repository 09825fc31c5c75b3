import { createPersonalToken } from "@switchboard/core/services/identity/personal-tokens/create-token";
import { listPersonalTokens } from "@switchboard/core/services/identity/personal-tokens/list-tokens";
import { revokePersonalToken } from "@switchboard/core/services/identity/personal-tokens/revoke-token";
import {
  createTokenSchema,
  listPersonalTokensSchema,
} from "@switchboard/core/services/identity/personal-tokens/schemas";
import { z } from "zod";
import { procedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

/** Personal access tokens: one's own, and for admins those of members. */
export const tokensRouter = router({
  list: procedure
    .input(listPersonalTokensSchema.prefault({}))
    .query(({ ctx, input }) => listPersonalTokens(ctx.service, input)),
  /** `token` is shown here and never again. */
  create: procedure.input(createTokenSchema).mutation(({ ctx, input }) => createPersonalToken(ctx.service, input)),
  revoke: procedure
    .input(z.strictObject({ tokenId: idSchema }))
    .mutation(({ ctx, input }) => revokePersonalToken(ctx.service, input)),
});
