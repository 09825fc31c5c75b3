import { z } from "zod";
import { passwordSchema } from "../schemas.ts";

/** A way to a new password: `code` is shown here and never again. */
export const createdPasswordResetSchema = z.object({
  userId: z.string(),
  code: z.string(),
  expiresAt: z.string(),
});
export const resetPasswordSchema = z.strictObject({
  code: z.string().min(1).max(200),
  newPassword: passwordSchema,
});

export type CreatedPasswordReset = z.infer<typeof createdPasswordResetSchema>;
