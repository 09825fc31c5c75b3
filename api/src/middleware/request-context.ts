import type { MiddlewareHandler } from "hono";
import { type AppDeps, anonymousContext } from "../app-deps.ts";
import { clientAddress, isTrustedPeer } from "../client-address.ts";
import type { ApiEnv } from "../router.ts";
import { isSecret } from "../secrets.ts";

/** A request id from outside is kept only when it is plain and short, so that it can stand in logs and answers. */
const PLAIN_ID = /^[\w-]{8,64}$/;
const USER_AGENT_LENGTH_MAX = 200;
/** By this our own web server shows itself; web/server/forward.ts writes it and lets nobody else's through. */
const FRONT_DOOR_FIELD = "x-switchboard-front-door";

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
    const isFrontDoor = await isOurs(c.req.header(FRONT_DOOR_FIELD), deps.settings.frontDoorSecret ?? null);
    const address = clientAddress(peer, c.req.header("x-forwarded-for") ?? null, trustedProxies, isFrontDoor);
    const userAgent = c.req.header("user-agent")?.slice(0, USER_AGENT_LENGTH_MAX) ?? null;
    c.set("deps", deps);
    c.set("ctx", anonymousContext(deps, { id, address, userAgent }));
    c.set("credentialFailure", null);
    c.header("X-Request-Id", id);
    await next();
  };

const isOurs = async (given: string | undefined, secret: string | null): Promise<boolean> =>
  given !== undefined && secret !== null && isSecret(given, secret);
