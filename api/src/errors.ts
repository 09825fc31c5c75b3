import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import { ServiceError } from "@switchboard/core/errors";
import type { RefusalNotes } from "@switchboard/core/services/audit/note-refusal";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { matchedRoutes } from "hono/route";
import { refusalOfDatabase } from "./database-refusal.ts";
import { noteRefusal } from "./note-refusal.ts";
import { problemKinds, toProblem } from "./problems.ts";
import type { ApiEnv } from "./router.ts";

/**
 * Turns whatever was thrown into a problem document, and has a refusal noted once its answer is decided. What nobody
 * refused on purpose is logged, and told in general words.
 */
export async function answerError(err: unknown, c: Context<ApiEnv>, notes: RefusalNotes): Promise<Response> {
  const refusal = refusalOf(err);
  if (refusal) {
    const answer = answerProblem(c, refusal);
    const route = matchedRoutes(c).at(-1)?.path ?? "*";
    await noteRefusal(c, notes, refusal, { route, namesThing: route.includes(":"), botId: c.req.param("botId") });
    return answer;
  }
  c.var.deps.logger.error({ err, requestId: c.var.ctx.request.id }, "unexpected error");
  return answerProblem(
    c,
    new ServiceError("internal", "Something went wrong here. The server's log has the details under the request id."),
  );
}

/** The answer to a request that is refused. */
export function answerProblem(c: Context<ApiEnv>, refusal: ServiceError): Response {
  const { status } = problemKinds[refusal.code];
  const { retryAfterSeconds } = refusal.details;
  if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
  if (status === 401) c.header("WWW-Authenticate", 'Bearer realm="switchboard"');
  c.header("Cache-Control", "no-store");
  c.header("Content-Type", "application/problem+json");
  return c.body(JSON.stringify(toProblem(refusal, c.var.ctx.request.id ?? "")), status);
}

/** The refusal behind what was thrown; null when nobody refused anything: a defect, or a part that broke. */
function refusalOf(err: unknown): ServiceError | null {
  if (err instanceof ServiceError) return err;
  if (err instanceof HTTPException) return refusalOfFramework(err);
  return refusalOfDatabase(err);
}

/** What the framework refuses before a handler runs: its readers of bodies. */
function refusalOfFramework(err: HTTPException): ServiceError | null {
  const byStatus: Readonly<Record<number, [ErrorCode, string]>> = {
    400: ["unreadable", "The body is not JSON."],
    413: ["too-large", "The body is too large."],
    415: ["unsupported-media-type", "Send the body as application/json."],
  };
  const known = byStatus[err.status];
  return known ? new ServiceError(...known) : null;
}
