import type { ServiceContext } from "@switchboard/core/context";
import type { ServiceError } from "@switchboard/core/errors";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { z } from "zod";
import { createTrpcContext } from "./context.ts";
import type { TrpcDeps } from "./deps.ts";
import { refusalOf } from "./errors.ts";
import { appRouter } from "./root.ts";

/** More calls in one request than any page of the dashboard makes. */
const BATCH_SIZE_MAX = 20;

/**
 * Answers everything under /trpc. `makeContext` authenticates; it may throw a ServiceError, which becomes the answer of
 * each call of the request. Checking the Origin of requests with cookies and limiting the size of bodies is the
 * caller's part.
 */
export function createTrpcHandler(
  makeContext: (request: Request) => Promise<ServiceContext>,
  deps: TrpcDeps = {},
): (request: Request) => Promise<Response> {
  return async (request) => {
    const refused = new Map<ServiceError, Promise<void>>();
    const answer = await fetchRequestHandler({
      endpoint: "/trpc",
      req: request,
      router: appRouter,
      maxBatchSize: BATCH_SIZE_MAX,
      createContext: () => createTrpcContext(request, makeContext, deps),
      responseMeta: ({ errors }) => ({ headers: answerHeaders(errors) }),
      onError: ({ error, path, input, ctx }) => {
        const refusal = refusalOf(error);
        if (refusal === null) {
          deps.onUnexpectedError?.(error.cause ?? error, { path: path ?? null, requestId: ctx?.requestId() ?? null });
        } else if (path !== undefined && isProcedure(path) && !refused.has(refusal)) {
          // One credential that is not accepted refuses every call of a batch with the same refusal.
          refused.set(refusal, deps.onRefusal?.(refusal, callOf(path, input)) ?? Promise.resolve());
        }
      },
    });
    await Promise.all(refused.values());
    return answer;
  };
}

const isProcedure = (path: string): boolean => Object.hasOwn(appRouter._def.procedures, path);

/** Every procedure that can miss something is about one thing. */
const callOf = (path: string, input: unknown) => ({
  route: path,
  namesThing: true,
  botId: withBot.safeParse(input).data?.botId,
});

const withBot = z.looseObject({ botId: z.string() });

/** Every answer depends on who asks, and some hold secrets shown once: nothing of it may be kept on the way. */
function answerHeaders(errors: readonly unknown[]): Headers {
  const headers = new Headers({ "cache-control": "no-store" });
  const waits = errors.flatMap((err) => (err ? (refusalOf(err)?.details.retryAfterSeconds ?? []) : []));
  if (waits.length > 0) headers.set("retry-after", String(Math.max(...waits)));
  return headers;
}
