import type { MiddlewareHandler } from "hono";
import { type AppDeps, anonymousContext } from "../app-deps.ts";
import { clientAddress, isTrustedPeer } from "../client-address.ts";
import type { ApiEnv } from "../router.ts";

/** A request id from outside is kept only when it is plain and short, so that it can stand in logs and answers. */
const PLAIN_ID = /^[\w-]{8,64}$/;
const USER_AGENT_LENGTH_MAX = 200;

/**
 * Gives each request its id and an anonymous context; the answer names the id. Only a trusted proxy may choose the id: it
 * stands in logs and the audit, where a client's own could pass one request off as another.
 */
export const requestContext =
  (depsOf: (env: ApiEnv["Bindings"]) => AppDeps): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const deps = depsOf(c.env);
    const { trustedProxies } = deps.settings;
    const peer = c.env?.peerAddress ?? null;
    const given = isTrustedPeer(peer, trustedProxies) ? c.req.header("x-request-id") : undefined;
    const id = given !== undefined && PLAIN_ID.test(given) ? given : deps.base.ids.next("request");
    const address = clientAddress(peer, c.req.header("x-forwarded-for") ?? null, trustedProxies);
    const userAgent = c.req.header("user-agent")?.slice(0, USER_AGENT_LENGTH_MAX) ?? null;
    c.set("deps", deps);
    c.set("ctx", anonymousContext(deps, { id, address, userAgent }));
    c.set("credentialFailure", null);
    c.header("X-Request-Id", id);
    await next();
  };
