import type { Context } from "hono";
import type { ApiEnv } from "./router.ts";

/** Passes another handler's answer on, with the fields every answer of ours carries. */
export const passOn = (c: Context<ApiEnv>, answer: Response): Response => c.newResponse(answer.body, answer);
