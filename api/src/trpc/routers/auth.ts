import { getMe } from "@switchboard/core/services/identity/get-me";
import { resetPassword } from "@switchboard/core/services/identity/password-resets/reset-password";
import { resetPasswordSchema } from "@switchboard/core/services/identity/password-resets/schemas";
import { signInSchema } from "@switchboard/core/services/identity/schemas";
import { signIn } from "@switchboard/core/services/identity/sign-in";
import { signOut } from "@switchboard/core/services/identity/sign-out";
import { procedure, publicProcedure, router } from "../init.ts";

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
  me: procedure.query(({ ctx }) => getMe(ctx.service)),
});
