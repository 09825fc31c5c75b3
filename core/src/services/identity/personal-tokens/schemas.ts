import { z } from "zod";
import { nameSchema } from "../../name-schema.ts";
import { listPageSchema } from "../schemas.ts";

/** Days a personal access token lives unless said otherwise, and at the most. */
export const PERSONAL_TOKEN_DAYS_DEFAULT = 90;
export const PERSONAL_TOKEN_DAYS_MAX = 365;

export const createTokenSchema = z.strictObject({
  /** What the token is for. */
  name: nameSchema,
  expiresInDays: z.number().int().min(1).max(PERSONAL_TOKEN_DAYS_MAX).default(PERSONAL_TOKEN_DAYS_DEFAULT),
});
export const listPersonalTokensSchema = listPageSchema.extend({
  /** A member of the team, for admins; left out: one's own. */
  userId: z.string().max(100).optional(),
});

export const personalTokenStatuses = ["active", "expired", "revoked"] as const;

/** A personal access token as it is shown: never the token. */
export const personalTokenSchema = z.object({
  id: z.string(),
  userId: z.string(),
  name: z.string(),
  prefix: z.string(),
  status: z.enum(personalTokenStatuses),
  /** Whether it is the one that asks. */
  current: z.boolean(),
  createdAt: z.string(),
  expiresAt: z.string(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  lastUsedAddress: z.string().nullable(),
  lastUsedUserAgent: z.string().nullable(),
});
/** The answer to the making of a token: `token` is shown here and never again. */
export const createdPersonalTokenSchema = personalTokenSchema.extend({ token: z.string() });

export type PersonalTokenView = z.infer<typeof personalTokenSchema>;
export type CreatedPersonalToken = z.infer<typeof createdPersonalTokenSchema>;
