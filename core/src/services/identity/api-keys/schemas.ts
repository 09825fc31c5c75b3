import { z } from "zod";
import { scopes } from "../../../domain/vocabulary.ts";
import { nameSchema } from "../../name-schema.ts";
import { listPageSchema } from "../schemas.ts";

/** Days an API key lives unless said otherwise, and at the most. */
export const API_KEY_DAYS_DEFAULT = 90;
export const API_KEY_DAYS_MAX = 365;
/** How long a rotated key goes on working unless said otherwise, and at the most. */
export const OVERLAP_SECONDS_DEFAULT = 86_400;
export const OVERLAP_SECONDS_MAX = 604_800;
/** A key's own quota reaches from one request in a minute to a hundred in a second. */
export const KEY_REQUESTS_PER_MINUTE_MAX = 6_000;

const cidrsSchema = z.array(z.string().max(64)).min(1).max(50).nullable();
const requestsPerMinuteSchema = z.number().int().min(1).max(KEY_REQUESTS_PER_MINUTE_MAX).nullable();
const daysSchema = z.number().int().min(1).max(API_KEY_DAYS_MAX);

export const createApiKeySchema = z.strictObject({
  name: nameSchema,
  scopes: z.array(z.enum(scopes)).min(1),
  /** null: every bot of the team. */
  botIds: z.array(z.string()).min(1).max(200).nullable().default(null),
  /** null: every address. */
  cidrs: cidrsSchema.default(null),
  /** null: the installation's quota. */
  requestsPerMinute: requestsPerMinuteSchema.default(null),
  expiresInDays: daysSchema.default(API_KEY_DAYS_DEFAULT),
});
export const updateApiKeySchema = z
  .strictObject({
    name: nameSchema.optional(),
    disabled: z.boolean().optional(),
    cidrs: cidrsSchema.optional(),
    requestsPerMinute: requestsPerMinuteSchema.optional(),
  })
  .refine((input) => Object.keys(input).length > 0, "Give at least one field to change.");
export const rotateApiKeySchema = z.strictObject({
  /** How long the present key goes on working, unless its own end comes first. */
  overlapSeconds: z.number().int().min(0).max(OVERLAP_SECONDS_MAX).default(OVERLAP_SECONDS_DEFAULT),
  /** Left out: as long as the present key was made for. */
  expiresInDays: daysSchema.optional(),
});

export const apiKeyStatuses = ["active", "expired", "disabled", "revoked"] as const;

export const listApiKeysSchema = listPageSchema.extend({
  status: z.enum(apiKeyStatuses).optional(),
  /** A part of the name, without regard to ASCII case. */
  name: z.string().max(80).optional(),
  /** Keys that may use this bot: those limited to bots that name it, and those that are not limited. */
  botId: z.string().max(100).optional(),
});

/** An API key as it is shown: never its secret. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(scopes)),
  botIds: z.array(z.string()).nullable(),
  cidrs: z.array(z.string()).nullable(),
  requestsPerMinute: z.number().int().nullable(),
  status: z.enum(apiKeyStatuses),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  disabledAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  /** The key that takes over from this one; null: it was not rotated. */
  successorId: z.string().nullable(),
  /** Thumbprint of the recipient key that sessions are sealed to for it; null: it has none. */
  recipient: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  lastUsedAddress: z.string().nullable(),
  lastUsedUserAgent: z.string().nullable(),
});
/** The answer to the making of a key: `secret` is shown here and never again. */
export const createdApiKeySchema = apiKeySchema.extend({ secret: z.string() });

export type ApiKeyView = z.infer<typeof apiKeySchema>;
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;
