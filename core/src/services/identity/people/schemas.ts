import { z } from "zod";
import { roles } from "../../../domain/vocabulary.ts";
import { nameSchema } from "../../name-schema.ts";
import { listPageSchema, passwordSchema, setupSchema } from "../schemas.ts";

export const emailSchema = setupSchema.shape.email;
export const roleSchema = z.enum(roles);

export const listUsersSchema = listPageSchema.extend({
  role: roleSchema.optional(),
  /** A part of the name or of the e-mail address. */
  name: z.string().min(1).max(80).optional(),
});
export const createUserSchema = z.strictObject({
  name: nameSchema,
  email: emailSchema,
  role: roleSchema,
  password: passwordSchema,
});
export const updateUserSchema = z
  .strictObject({ role: roleSchema.optional(), name: nameSchema.optional() })
  .refine((changes) => Object.values(changes).some((change) => change !== undefined), "Name at least one change.");

/** A member of the team. */
export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: roleSchema,
  createdAt: z.string(),
  joinedAt: z.string(),
  /** With a password, to any of their teams; null: not since the audit begins. */
  lastSignInAt: z.string().nullable(),
  /** Whether they hold personal access tokens of this team that are good now. */
  hasOpenTokens: z.boolean(),
});

export type UserView = z.infer<typeof userSchema>;
