import { z } from "zod";

/** Ids are opaque: a malformed one is not told apart from a missing one, so only its length is checked here. */
export const idSchema = z.string().min(1).max(100);

/** Names the bot a procedure is about. */
export const botInput = z.strictObject({ botId: idSchema });
