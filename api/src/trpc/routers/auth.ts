import { getMe } from "@switchboard/core/services/identity/get-me";
import { resetPassword } from "@switchboard/core/services/identity/password-resets/reset-password";
import { resetPasswordSchema } from "@switchboard/core/services/identity/password-resets/schemas";
import { changePassword } from "@switchboard/core/services/identity/passwords/change-password";
import { confirmPassword } from "@switchboard/core/services/identity/passwords/confirm-password";
import { changePasswordSchema, confirmPasswordSchema } from "@switchboard/core/services/identity/passwords/schemas";
import { signInSchema } from "@switchboard/core/services/identity/schemas";
import { signIn } from "@switchboard/core/services/identity/sign-in";
import { endSignIn } from "@switchboard/core/services/identity/sign-ins/end-sign-in";
import { listSignIns } from "@switchboard/core/services/identity/sign-ins/list-sign-ins";
import { listSignInsSchema, signOutEverywhereSchema } from "@switchboard/core/services/identity/sign-ins/schemas";
import { signOutEverywhere } from "@switchboard/core/services/identity/sign-ins/sign-out-everywhere";
import { signOut } from "@switchboard/core/services/identity/sign-out";
import { z } from "zod";
import { procedure, publicProcedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

/** Who one is. Browsers sign in and out at /api/auth, with a cookie. */
export const authRouter = router({
  /** Gives a tool a personal access token; `token` is shown here and never again. */
  signIn: publicProcedure.input(signInSchema).mutation(({ ctx, input }) => signIn(ctx.service, input)),
  /** Ends the personal access token that was presented. */
  signOut: procedure.mutation(({ ctx }) => signOut(ctx.service)),
  /** Ends every browser sign-in and personal access token of the person the code is for. */
  resetPassword: publicProcedure
    .input(resetPasswordSchema)
    .mutation(({ ctx, input }) => resetPassword(ctx.service, input)),
  /** Ends every browser sign-in and personal access token of one's own, in every team. */
  signOutEverywhere: procedure
    .input(signOutEverywhereSchema.prefault({}))
    .mutation(({ ctx, input }) => signOutEverywhere(ctx.service, input)),
  /** Lets this sign-in or token make sensitive changes for 15 minutes. */
  confirmPassword: procedure
    .input(confirmPasswordSchema)
    .mutation(({ ctx, input }) => confirmPassword(ctx.service, input)),
  /** Ends every other browser sign-in, and with `endTokens` every other personal access token. */
  changePassword: procedure
    .input(changePasswordSchema)
    .mutation(({ ctx, input }) => changePassword(ctx.service, input)),
  /** One's own browser sign-ins. */
  signIns: router({
    list: procedure.input(listSignInsSchema.prefault({})).query(({ ctx, input }) => listSignIns(ctx.service, input)),
    end: procedure
      .input(z.strictObject({ signInId: idSchema }))
      .mutation(({ ctx, input }) => endSignIn(ctx.service, input)),
  }),
  me: procedure.query(({ ctx }) => getMe(ctx.service)),
});
