import { z } from "zod";

/** A JWK as somebody sends it. It may be of any kind here, so that a wrong one is refused by its name. */
const sentJwkSchema = z
  .record(z.string().max(64), z.unknown())
  .refine((jwk) => Object.keys(jwk).length <= 32, "This is not a key.");

export const challengeRecipientSchema = z.strictObject({ publicJwk: sentJwkSchema });
export const setRecipientSchema = z.strictObject({
  publicJwk: sentJwkSchema,
  /** The challenge, signed with the private key: a compact JWS. */
  proof: z.string().min(1).max(4_096),
});

export const challengeSchema = z.object({ challenge: z.string(), expiresAt: z.string() });
/** The recipient key of an API key; null: it has none. */
export const recipientSchema = z.object({
  keyId: z.string(),
  recipient: z
    .object({
      thumbprint: z.string(),
      publicJwk: z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() }),
      registeredAt: z.string(),
      registeredBy: z.string(),
    })
    .nullable(),
});

export type Challenge = z.infer<typeof challengeSchema>;
export type RecipientView = z.infer<typeof recipientSchema>;
