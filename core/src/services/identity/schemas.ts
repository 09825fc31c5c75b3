import type { TeamId } from "@switchboard/db/schema";
import { z } from "zod";
import { roles, scopes } from "../../domain/vocabulary.ts";

/** Days an API key lives unless said otherwise, and at the most. */
export const API_KEY_DAYS_DEFAULT = 90;
export const API_KEY_DAYS_MAX = 365;
/** ASVS 5.0 6.2.1 asks for 8 at least and recommends 15. */
export const PASSWORD_LENGTH_MIN = 15;

const nameSchema = z.string().trim().min(1).max(80);
const emailSchema = z.email().max(254).toLowerCase();
const passwordSchema = z
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
});
export const createApiKeySchema = z.strictObject({
  name: nameSchema,
  scopes: z.array(z.enum(scopes)).min(1),
  botIds: z.array(z.string()).min(1).max(200).nullable().default(null),
  cidrs: z.array(z.string().max(64)).min(1).max(50).nullable().default(null),
  expiresInDays: z.number().int().min(1).max(API_KEY_DAYS_MAX).default(API_KEY_DAYS_DEFAULT),
});
export const listPageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

export const apiKeyStatuses = ["active", "expired", "disabled", "revoked"] as const;

/** An API key as it is shown: never its secret. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(scopes)),
  botIds: z.array(z.string()).nullable(),
  cidrs: z.array(z.string()).nullable(),
  status: z.enum(apiKeyStatuses),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().nullable(),
  lastUsedAddress: z.string().nullable(),
});
/** The answer to the creation of a key: `secret` is shown here and never again. */
export const createdApiKeySchema = apiKeySchema.extend({ secret: z.string() });

export const personSchema = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  teamId: z.string(),
  teamName: z.string(),
  role: z.enum(roles),
});
/** The answer to a sign-in from a tool: `token` is shown here and never again. */
export const signedInSchema = personSchema.extend({ token: z.string(), expiresAt: z.string() });

export type ApiKeyView = z.infer<typeof apiKeySchema>;
export type PersonView = z.infer<typeof personSchema> & { readonly teamId: TeamId };
