import { ServiceError } from "@switchboard/core/errors";
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../router.ts";

/** Answers 503 for a handler that did not answer in time. Its work may still end; whether it did is not known. */
export const limitTime =
  (timeoutMs: number): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const overrun = Promise.withResolvers<never>();
    const begin = (ms: number) => setTimeout(() => overrun.reject(tookTooLong()), ms);
    let timer = begin(timeoutMs);
    c.set("allowMoreTime", (moreMs) => {
      clearTimeout(timer);
      timer = begin(timeoutMs + moreMs);
    });
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
