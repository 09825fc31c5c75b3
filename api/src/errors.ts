import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import { ServiceError } from "@switchboard/core/errors";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { refusalOfDatabase } from "./database-refusal.ts";
import { problemKinds, toProblem } from "./problems.ts";
import type { ApiEnv } from "./router.ts";

/** Turns whatever was thrown into a problem document. What nobody refused on purpose is logged, and told in general words. */
export function answerError(err: unknown, c: Context<ApiEnv>): Response {
  const refusal = refusalOf(err);
  if (refusal) return answerProblem(c, refusal);
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
