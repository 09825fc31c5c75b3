import { ServiceError } from "@switchboard/core/errors";
import type { Context, MiddlewareHandler } from "hono";
import { authenticate, readCredential } from "../credentials.ts";
import { needsNoDatabase } from "../public-answers.ts";
import type { ApiEnv } from "../router.ts";

/**
 * Finds out who asks. A credential that is not accepted is kept for the route to refuse: a route that needs none answers
 * all the same. Where the answer needs no database, nothing is looked up.
 */
export const identify: MiddlewareHandler<ApiEnv> = async (c, next) => {
  try {
    const credential = needsNoDatabase(c.req) ? null : readCredential(c.req.raw.headers);
    if (credential !== null) {
      const actor = await authenticate(c.var.ctx, credential, c.var.deps.metrics);
      c.set("ctx", { ...c.var.ctx, actor });
    }
  } catch (err) {
    if (!(err instanceof ServiceError)) throw err;
    c.set("credentialFailure", err);
  }
  await next();
};

/** Refuses a request without an accepted credential, before anything of it is read. */
export const requireCredential: MiddlewareHandler<ApiEnv> = async (c, next) => {
  refuseAnonymous(c);
  await next();
};

/** For a GET with effects: HEAD asks for no answer, so it must not cause the effects either. */
export const refuseHead: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (c.req.method === "HEAD") throw new ServiceError("method-not-allowed", "This address takes GET, not HEAD.");
  await next();
};

function refuseAnonymous(c: Context<ApiEnv>): void {
  if (c.var.credentialFailure) throw c.var.credentialFailure;
  if (c.var.ctx.actor.kind === "anonymous") throw new ServiceError("unauthenticated", "Send an API key or a token.");
}
