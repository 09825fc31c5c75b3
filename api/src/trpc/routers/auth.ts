import { getMe } from "@switchboard/core/services/identity/get-me";
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
  me: procedure.query(({ ctx }) => getMe(ctx.service)),
});
