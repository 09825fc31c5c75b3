import { ServiceError } from "@switchboard/core/errors";
import { initTRPC } from "@trpc/server";
import superjson from "superjson";
import type { TrpcContext } from "./context.ts";
import { describeError, toTrpcError, unsupportedMediaType } from "./errors.ts";

/** An open subscription is ended after this; the client comes back by itself, and is asked for its credential again. */
const SUBSCRIPTION_MS_MAX = 5 * 60_000;
/** Proxies close a silent stream after a minute; a client that heard nothing for three pings comes back. */
const PING_MS = 10_000;
const SILENCE_MS_MAX = 3 * PING_MS;

const trpc = initTRPC.context<TrpcContext>().create({
  transformer: superjson,
  // Never by NODE_ENV: it would add stack traces to errors.
  isDev: false,
  errorFormatter: ({ shape, error, ctx }) => ({ code: shape.code, ...describeError(error, ctx?.requestId() ?? null) }),
  sse: {
    maxDurationMs: SUBSCRIPTION_MS_MAX,
    ping: { enabled: true, intervalMs: PING_MS },
    client: { reconnectAfterInactivityMs: SILENCE_MS_MAX },
  },
});

/** Makes a router of procedures. */
export const router = trpc.router;

/**
 * A procedure anybody may call. API keys and session tokens are for REST: here they are no credential at all.
 * @throws ServiceError unauthenticated for them
 */
export const publicProcedure = trpc.procedure.use(async ({ ctx, next }) => {
  try {
    if (!ctx.isJson) throw unsupportedMediaType();
    const service = await ctx.loadService();
    const { kind } = service.actor;
    if (kind !== "user" && kind !== "personal-access-token" && kind !== "anonymous") throw signInFirst();
    const result = await next({ ctx: { service } });
    if (!result.ok) throw result.error;
    return result;
  } catch (err) {
    throw toTrpcError(err);
  }
});

/** A procedure for signed-in people; the verb behind it decides what their role allows. @throws ServiceError unauthenticated */
export const procedure = publicProcedure.use(({ ctx, next }) => {
  const { actor } = ctx.service;
  if (actor.kind !== "user" && actor.kind !== "personal-access-token") throw signInFirst();
  return next({ ctx: { service: { ...ctx.service, actor } } });
});

const signInFirst = () => new ServiceError("unauthenticated", "Sign in first. API keys are for the REST API only.");
