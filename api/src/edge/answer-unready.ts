import { createIds } from "@switchboard/core/crypto/ids";
import { ServiceError } from "@switchboard/core/errors";
import { systemClock } from "@switchboard/host/clock";
import type { AppLogger } from "../app-deps.ts";
import { refusalOfDatabase } from "../database-refusal.ts";
import { securityFields } from "../middleware/security-headers.ts";
import { problemKinds, toProblem } from "../problems.ts";

/**
 * The answer where the installation cannot be opened: the database is away, or what was deployed is wrong. Node would not
 * have started; here the log tells why and callers learn that nothing is served now.
 */
export function answerUnready(err: unknown, logger: Pick<AppLogger, "error">, publicUrl: string): Response {
  const requestId = createIds(systemClock).next("request");
  logger.error({ err, requestId }, "cannot serve");
  const refusal = refusalOfDatabase(err) ?? notServing();
  const headers = {
    ...securityFields(publicUrl),
    "Content-Type": "application/problem+json",
    "X-Request-Id": requestId,
    "Retry-After": String(refusal.details.retryAfterSeconds ?? 5),
  };
  const { status } = problemKinds[refusal.code];
  return new Response(JSON.stringify(toProblem(refusal, requestId)), { status, headers });
}

const notServing = () =>
  new ServiceError("unavailable", "This installation cannot serve now. Its log says why.", { retryAfterSeconds: 60 });
