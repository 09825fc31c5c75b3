import type { TeamId } from "@switchboard/db/schema";
import { z } from "zod";
import { roles, scopes } from "../../domain/vocabulary.ts";
import { nameSchema } from "../name-schema.ts";

/** ASVS 5.0 6.2.1 asks for 8 at least and recommends 15. */
export const PASSWORD_LENGTH_MIN = 15;

const emailSchema = z.email().max(254).toLowerCase();
/** A new password; that it is strong enough is not checked here. */
export const passwordSchema = z
  .string()
  .min(PASSWORD_LENGTH_MIN, `Use at least ${PASSWORD_LENGTH_MIN} characters; a sentence is easy to remember.`)
  .max(256);

export const setupSchema = z.strictObject({
  code: z.string().min(1).max(100),
  name: nameSchema,
  email: emailSchema,
  password: passwordSchema,
  teamName: nameSchema.default("Home"),
});
export const signInSchema = z.strictObject({
  email: emailSchema,
  password: z.string().min(1).max(256),
  /** What the token is for, shown in the list of tokens. */
  tokenName: nameSchema.default("sb"),
  /** The team the token is for; left out: the one joined first. */
  teamId: z.string().max(100).optional(),
});
export const listPageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

export const personSchema = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  teamId: z.string(),
  teamName: z.string(),
  role: z.enum(roles),
});
/** Who asks: the person in the team they act in, what they may do there, and all their teams. */
export const meSchema = personSchema.extend({
  scopes: z.array(z.enum(scopes)),
  teams: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(roles) })),
});
/** The answer to a sign-in from a tool: `token` is shown here and never again. */
export const signedInSchema = personSchema.extend({ token: z.string(), expiresAt: z.string() });

export type PersonView = z.infer<typeof personSchema> & { readonly teamId: TeamId };
