import { z } from "zod";
import { nameSchema } from "../../name-schema.ts";
import { emailSchema, roleSchema } from "../people/schemas.ts";
import { listPageSchema, personSchema } from "../schemas.ts";

/** Hours an invitation is good unless said otherwise, and at the most: two weeks. */
export const INVITATION_HOURS_DEFAULT = 72;
export const INVITATION_HOURS_MAX = 336;

export const invitationStatuses = ["open", "used", "expired", "revoked"] as const;

export const createInvitationSchema = z.strictObject({
  email: emailSchema,
  role: roleSchema,
  expiresInHours: z.number().int().min(1).max(INVITATION_HOURS_MAX).default(INVITATION_HOURS_DEFAULT),
});
export const listInvitationsSchema = listPageSchema.extend({ status: z.enum(invitationStatuses).default("open") });
export const acceptInvitationSchema = z.strictObject({
  code: z.string().min(1).max(200),
  /** Of somebody new. */
  name: nameSchema.optional(),
  /** Of somebody new, or the one somebody known has already. Left out by who is signed in. */
  password: z.string().min(1).max(256).optional(),
});

/** An invitation as it is shown: never its code. */
export const invitationSchema = z.object({
  id: z.string(),
  email: z.string(),
  role: roleSchema,
  status: z.enum(invitationStatuses),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  usedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
/** The answer to an invitation: `code` is shown here and never again. */
export const createdInvitationSchema = invitationSchema.extend({ code: z.string() });

/** The new member; `token` is shown here and never again. Both null for a browser sign-in, which needs none. */
export const acceptedInvitationSchema = personSchema.extend({
  token: z.string().nullable(),
  expiresAt: z.string().nullable(),
});

export type InvitationView = z.infer<typeof invitationSchema>;
