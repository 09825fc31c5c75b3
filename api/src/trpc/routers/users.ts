import { requestPasswordReset } from "@switchboard/core/services/identity/password-resets/request-password-reset";
import { createUser } from "@switchboard/core/services/identity/people/create-user";
import { getUser } from "@switchboard/core/services/identity/people/get-user";
import { listUsers } from "@switchboard/core/services/identity/people/list-users";
import { removeUser } from "@switchboard/core/services/identity/people/remove-user";
import {
  createUserSchema,
  listUsersSchema,
  updateUserSchema,
} from "@switchboard/core/services/identity/people/schemas";
import { updateUser } from "@switchboard/core/services/identity/people/update-user";
import { z } from "zod";
import { procedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

const userInput = z.strictObject({ userId: idSchema });

/** People of a team; for admins. */
export const usersRouter = router({
  list: procedure.input(listUsersSchema.prefault({})).query(({ ctx, input }) => listUsers(ctx.service, input)),
  get: procedure.input(userInput).query(({ ctx, input }) => getUser(ctx.service, input)),
  create: procedure.input(createUserSchema).mutation(({ ctx, input }) => createUser(ctx.service, input)),
  /** One's own name may be changed by everybody. */
  update: procedure
    .input(userInput.extend({ changes: updateUserSchema }))
    .mutation(({ ctx, input }) => updateUser(ctx.service, input)),
  /** Everybody may leave. */
  remove: procedure.input(userInput).mutation(({ ctx, input }) => removeUser(ctx.service, input)),
  /** `code` is shown here and never again. */
  requestPasswordReset: procedure
    .input(userInput)
    .mutation(({ ctx, input }) => requestPasswordReset(ctx.service, input)),
});
