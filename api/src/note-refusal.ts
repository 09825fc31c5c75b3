import type { ServiceError } from "@switchboard/core/errors";
import type { RefusalNotes } from "@switchboard/core/services/audit/note-refusal";
import type { Context } from "hono";
import type { ApiEnv } from "./router.ts";

/** What a refused request was for: the route's pattern or the procedure's name, and the bot it names. */
export interface RefusedCall {
  readonly route: string;
  readonly namesThing: boolean;
  readonly botId?: string | undefined;
}

/** Counts a refusal and has it noted in the audit. Never throws: a note that fails is logged, and the answer stays. */
export async function noteRefusal(
  c: Context<ApiEnv>,
  notes: RefusalNotes,
  refusal: ServiceError,
  call: RefusedCall,
): Promise<void> {
  const { ctx, deps } = c.var;
  const hasCredential = c.req.header("authorization") !== undefined || c.req.header("x-api-key") !== undefined;
  try {
    const noted = await notes.note(ctx, { ...call, refusal, hasCredential, method: c.req.method });
    deps.metrics.refused(refusal.code, noted);
  } catch (err) {
    deps.metrics.refused(refusal.code, "failed");
    deps.logger.error({ err, requestId: ctx.request.id }, "a refusal is missing in the audit");
  }
}
