import { z } from "zod";
import { passwordSchema } from "../schemas.ts";

/** A password that is compared, and not judged. */
const givenPasswordSchema = z.string().min(1).max(256);

export const confirmPasswordSchema = z.strictObject({ password: givenPasswordSchema });
/** Until when sensitive changes ask for nothing more. */
export const confirmedPasswordSchema = z.object({ confirmedUntil: z.string() });

export const changePasswordSchema = z.strictObject({
  currentPassword: givenPasswordSchema,
  newPassword: passwordSchema,
  /** Whether personal access tokens end as well, but for the one that asks, and every session token of the person. */
  endTokens: z.boolean().default(false),
});
