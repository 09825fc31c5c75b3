import { z } from "zod";
import { listPageSchema } from "../schemas.ts";

export const listSignInsSchema = listPageSchema;

/** A browser sign-in that is not over, as its person sees it. */
export const browserSignInSchema = z.object({
  id: z.string(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: z.string(),
  /** Told to the minute. */
  lastUsedAt: z.string(),
});

export const signOutEverywhereSchema = z.strictObject({
  /** Whether the credential that asks goes on. */
  keepThis: z.boolean().default(false),
});

/** How many browser sign-ins, personal access tokens and session tokens were ended that were good until then. */
export const endedCredentialsSchema = z.object({
  signIns: z.number().int(),
  tokens: z.number().int(),
  sessionTokens: z.number().int(),
});

export type BrowserSignInView = z.infer<typeof browserSignInSchema>;
export type EndedCredentials = z.infer<typeof endedCredentialsSchema>;
