import { getSession } from "@switchboard/core/services/sessions/get-session";
import { issueToken } from "@switchboard/core/services/sessions/issue-token";
import { issuedTokenSchema, issueTokenSchema, sessionSchema } from "@switchboard/core/services/sessions/schemas";
import { json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/session";
const TAGS = ["Sessions"];
const params = pathIds("botId");
const session = named(sessionSchema, "Session");
const wish = named(issueTokenSchema, "SessionTokenRequest", { example: { expiresIn: "24h" } });

const getRoute = protectedRoute(
  {
    method: "get",
    path: PATH,
    tags: TAGS,
    summary: "Get a bot's session",
    description:
      "The session, and a session token for later. For a key with a recipient key it is sealed to that, always: `session` is a compact JWE with a JWS of this service inside, good for a minute. Without one `session:plain` is needed. `lease: none`: a copy for reading, which nobody may connect with. A session token may be presented too; it is answered in the form its key or person would get.",
    request: { params },
    responses: {
      200: json(session, "The session. Values are in Baileys' BufferJSON form, in the sealed content as well."),
    },
  },
  {
    scope: "session:read",
    refusals: ["not-found", "recipient-key-required", "confirmation-required", "not-paired", "conflict"],
    isReadOnlyByName: true,
  },
);

const issueRoute = protectedRoute(
  {
    method: "post",
    path: PATH,
    tags: TAGS,
    summary: "Make a session token",
    description:
      'Lives `expiresIn`, as seconds or "15m", "24h", "7d": 60 s to 7 days, an hour without it. A session token presented here renews itself, for 30 days at most.',
    request: { params, body: json(wish, "May be left out.") },
    responses: { 201: json(named(issuedTokenSchema, "IssuedSessionToken"), "The token: shown here and never again.") },
  },
  { scope: "session:token", refusals: ["not-found", "confirmation-required", "not-paired", "conflict"] },
);

/** The session of a bot, and tokens for it. */
export function sessionRoutes() {
  const router = createRouter();
  router.openapi(getRoute, async (c) => {
    const { ctx, deps } = c.var;
    const answer = await getSession(ctx, c.req.valid("param"));
    deps.metrics.sessionDisclosed(answer.sealed ? "sealed" : "plain");
    deps.metrics.sessionTokens(ctx.actor.kind === "session-token" ? "renewed" : "issued");
    return c.json(answer, 200);
  });
  router.openapi(issueRoute, async (c) => {
    const { ctx, deps } = c.var;
    const issued = await issueToken(ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
    deps.metrics.sessionTokens(ctx.actor.kind === "session-token" ? "renewed" : "issued");
    return c.json(issued, 201);
  });
  return router;
}
