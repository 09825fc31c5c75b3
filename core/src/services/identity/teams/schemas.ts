import { z } from "zod";
import { roles } from "../../../domain/vocabulary.ts";
import { nameSchema } from "../../name-schema.ts";

export const createTeamSchema = z.strictObject({ name: nameSchema });
export const renameTeamSchema = z.strictObject({ name: nameSchema });

/** A team, as one of its people sees it. */
export const teamSchema = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  /** One's own role in it. */
  role: z.enum(roles),
  /** Whether the credential that asks acts in it. */
  current: z.boolean(),
  createdAt: z.string(),
});

export type TeamView = z.infer<typeof teamSchema>;
