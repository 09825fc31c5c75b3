import {
  listTokensSchema,
  sessionTokenSchema,
  verifiedTokenSchema,
  verifyTokenSchema,
} from "@switchboard/core/services/sessions/schemas";
import { listTokens, revokeToken, verifyToken } from "@switchboard/core/services/sessions/tokens";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["Session tokens"];
const token = named(sessionTokenSchema, "SessionToken");

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/bots/{botId}/session/tokens",
    tags: TAGS,
    summary: "List a bot's session tokens",
    description: "Newest first; never the tokens themselves.",
    request: { params: pathIds("botId"), query: listTokensSchema },
    responses: { 200: json(named(listOf(token), "SessionTokenList"), "The tokens made for this bot.") },
  },
  { scope: "session:token", refusals: ["not-found", "validation-failed"] },
);

const revokeRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/bots/{botId}/session/tokens/{tokenId}",
    tags: TAGS,
    summary: "Revoke a session token",
    description: "Its next use is refused. Safe to repeat.",
    request: { params: pathIds("botId", "tokenId") },
    responses: { 204: { description: "The token is revoked." } },
  },
  { scope: "session:token", refusals: ["not-found"] },
);

const verifyRoute = protectedRoute({
  method: "post",
  path: "/api/session-tokens/verify",
  tags: TAGS,
  summary: "Whether a session token is good now",
  description: "After RFC 7662: a bad token is an answer, not an error. A token of another team is `invalid`.",
  request: body(named(verifyTokenSchema, "SessionTokenQuestion", { example: { token: "eyJhbGciOiJFZERTQSJ9.…" } })),
  responses: { 200: json(named(verifiedTokenSchema, "VerifiedSessionToken"), "What is known of the token.") },
});

/** Session tokens as rows: listing, revoking, asking after one. */
export function sessionTokenRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listTokens(c.var.ctx, { ...c.req.valid("param"), ...query }), query), 200);
  });
  router.openapi(revokeRoute, async (c) => {
    await revokeToken(c.var.ctx, c.req.valid("param"));
    c.var.deps.metrics.sessionTokens("revoked");
    return c.body(null, 204);
  });
  router.openapi(verifyRoute, async (c) => c.json(await verifyToken(c.var.ctx, c.req.valid("json")), 200));
  return router;
}
