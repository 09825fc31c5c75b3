import { acceptInvitation } from "@switchboard/core/services/identity/invitations/accept-invitation";
import { createInvitation } from "@switchboard/core/services/identity/invitations/create-invitation";
import { listInvitations } from "@switchboard/core/services/identity/invitations/list-invitations";
import { revokeInvitation } from "@switchboard/core/services/identity/invitations/revoke-invitation";
import {
  acceptInvitationSchema,
  createInvitationSchema,
  listInvitationsSchema,
} from "@switchboard/core/services/identity/invitations/schemas";
import { z } from "zod";
import { procedure, publicProcedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

/** Ways into a team; for admins, but for the accepting. */
export const invitationsRouter = router({
  list: procedure
    .input(listInvitationsSchema.prefault({}))
    .query(({ ctx, input }) => listInvitations(ctx.service, input)),
  /** `code` is shown here and never again. */
  create: procedure.input(createInvitationSchema).mutation(({ ctx, input }) => createInvitation(ctx.service, input)),
  revoke: procedure
    .input(z.strictObject({ invitationId: idSchema }))
    .mutation(({ ctx, input }) => revokeInvitation(ctx.service, input)),
  /** `token` is shown here and never again; null for a browser sign-in. */
  accept: publicProcedure
    .input(acceptInvitationSchema)
    .mutation(({ ctx, input }) => acceptInvitation(ctx.service, input)),
});
