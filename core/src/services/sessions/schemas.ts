import { z } from "zod";
import { parseTokenLifetime } from "../../domain/session-token.ts";
import { sessionTokenInactiveReasons } from "../../domain/vocabulary.ts";

/** Seconds, or text such as "15m", "24h", "7d". */
const expiresInSchema = z.union([z.number().int(), z.string().max(16)]).transform((value, refinement) => {
  const result = parseTokenLifetime(value);
  if (result.ok) return result.seconds;
  refinement.addIssue({
    code: "custom",
    message: 'Give 60 seconds to 7 days, for example 3600, "15m", "24h" or "7d".',
  });
  return z.NEVER;
});

export const issueTokenSchema = z.strictObject({ expiresIn: expiresInSchema.optional() });
export const verifyTokenSchema = z.strictObject({ token: z.string().min(1).max(8192) });
export const listTokensSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

/** A value in Baileys' BufferJSON form: bytes are `{type: "Buffer", data: base64}`. */
const bufferJson = z.record(z.string(), z.unknown());

/** The plain session of a bot. */
export const plainSessionSchema = z.object({ creds: bufferJson, keys: z.record(z.string(), bufferJson) });
export const issuedTokenSchema = z.object({ token: z.string(), expiresAt: z.string() });
export const sessionSchema = z.object({
  botId: z.string(),
  /** Sealed: a compact JWE for the recipient key. */
  session: z.union([z.string(), plainSessionSchema]),
  sealed: z.boolean(),
  token: z.string(),
  expiresAt: z.string(),
  revision: z.number().int(),
  lease: z.enum(["none", "held-by-you"]),
});
export const verifiedTokenSchema = z.object({
  active: z.boolean(),
  botId: z.string().optional(),
  expiresAt: z.string().optional(),
  remainingSeconds: z.number().int().optional(),
  reason: z.enum(sessionTokenInactiveReasons).optional(),
});
export const sessionTokenSchema = z.object({
  id: z.string(),
  botId: z.string(),
  subject: z.string(),
  issuedAt: z.string(),
  expiresAt: z.string(),
  chainStartedAt: z.string(),
  renewedFrom: z.string().nullable(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  status: z.enum(["active", "expired", "revoked"]),
});

export type PlainSession = z.infer<typeof plainSessionSchema>;
export type SessionView = z.infer<typeof sessionSchema>;
export type SessionTokenView = z.infer<typeof sessionTokenSchema>;
export type VerifiedToken = z.infer<typeof verifiedTokenSchema>;
