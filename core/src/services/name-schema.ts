import { z } from "zod";

/** Steers a terminal, breaks a line, or turns the direction of writing: a name with it could pass for other text. */
const STEERING = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** What people call a person, a team, a bot, a key or a token; shown in lists, logs and terminals. */
export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .refine((name) => !STEERING.test(name), "A name has no control characters and no marks of writing direction.");
