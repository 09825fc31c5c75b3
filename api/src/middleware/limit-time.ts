import { ServiceError } from "@switchboard/core/errors";
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../router.ts";

/** Answers 503 for a handler that did not answer in time. Its work may still end; whether it did is not known. */
export const limitTime =
  (timeoutMs: number): MiddlewareHandler<ApiEnv> =>
  async (_c, next) => {
    const overrun = Promise.withResolvers<never>();
    const timer = setTimeout(() => overrun.reject(tookTooLong()), timeoutMs);
    try {
      await Promise.race([next(), overrun.promise]);
    } finally {
      clearTimeout(timer);
    }
  };

const tookTooLong = () =>
  new ServiceError(
    "unavailable",
    "This took too long. The outcome of a change is unknown: look before you repeat it.",
    { retryAfterSeconds: 5 },
  );
