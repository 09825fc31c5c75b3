import { issueToken } from "@switchboard/core/services/sessions/issue-token";
import { issueTokenSchema, listTokensSchema } from "@switchboard/core/services/sessions/schemas";
import { listTokens, revokeToken } from "@switchboard/core/services/sessions/tokens";
import { procedure, router } from "../init.ts";
import { botInput, idSchema } from "../inputs.ts";

/** Session tokens of a bot. The session itself is fetched over REST. */
export const sessionsRouter = router({
  tokens: router({
    list: procedure
      .input(botInput.extend(listTokensSchema.shape))
      .query(({ ctx, input }) => listTokens(ctx.service, input)),
    /** `token` is shown here and never again. */
    issue: procedure.input(botInput.extend(issueTokenSchema.shape)).mutation(async ({ ctx, input }) => {
      const issued = await issueToken(ctx.service, input);
      ctx.deps.onSessionToken?.("issued");
      return issued;
    }),
    revoke: procedure.input(botInput.extend({ tokenId: idSchema })).mutation(async ({ ctx, input }) => {
      await revokeToken(ctx.service, input);
      ctx.deps.onSessionToken?.("revoked");
    }),
  }),
});
