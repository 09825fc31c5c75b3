import { exportSession } from "@switchboard/core/services/session-files/export-session";
import { importSession } from "@switchboard/core/services/session-files/import-session";
import { exportSessionSchema, importSessionSchema } from "@switchboard/core/services/session-files/schemas";
import { issueToken } from "@switchboard/core/services/sessions/issue-token";
import { issueTokenSchema, listTokensSchema } from "@switchboard/core/services/sessions/schemas";
import { listTokens, revokeToken } from "@switchboard/core/services/sessions/tokens";
import { procedure, router } from "../init.ts";
import { botInput, idSchema } from "../inputs.ts";

/** A bot's session as files, and its session tokens. Microservices fetch the session itself over REST. */
export const sessionsRouter = router({
  /** Up to 16 MB, where every other procedure takes what the settings say. */
  import: procedure
    .input(botInput.extend(importSessionSchema.shape))
    .mutation(({ ctx, input }) => importSession(ctx.service, { ...input, files: input.files })),
  export: procedure.input(botInput.extend(exportSessionSchema.shape)).mutation(async ({ ctx, input }) => {
    const exported = await exportSession(ctx.service, input);
    ctx.deps.onSessionExported?.();
    return exported;
  }),
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
