import { createPersonalToken } from "@switchboard/core/services/identity/personal-tokens/create-token";
import { listPersonalTokens } from "@switchboard/core/services/identity/personal-tokens/list-tokens";
import { revokePersonalToken } from "@switchboard/core/services/identity/personal-tokens/revoke-token";
import {
  createdPersonalTokenSchema,
  createTokenSchema,
  listPersonalTokensSchema,
  personalTokenSchema,
} from "@switchboard/core/services/identity/personal-tokens/schemas";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["Personal access tokens"];
const token = named(personalTokenSchema, "PersonalToken");
const wish = named(createTokenSchema, "NewPersonalToken", { example: { name: "laptop", expiresInDays: 30 } });

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/tokens",
    tags: TAGS,
    summary: "List personal access tokens",
    description:
      "One's own in the team one acts in, newest first, never the tokens themselves. With `userId` those of a member of the team, for owners and admins.",
    request: { query: listPersonalTokensSchema },
    responses: { 200: json(named(listOf(token), "PersonalTokenList"), "The tokens.") },
  },
  { refusals: ["forbidden", "not-found", "validation-failed"] },
);

const createTokenRoute = protectedRoute(
  {
    method: "post",
    path: "/api/tokens",
    tags: TAGS,
    summary: "Make a personal access token",
    description:
      "Acts as the person who makes it, in the team they act in. `token` is shown in this answer and never again. A person has 50 good ones at most.",
    request: body(wish),
    responses: { 201: json(named(createdPersonalTokenSchema, "CreatedPersonalToken"), "The token.") },
  },
  { refusals: ["forbidden", "conflict", "confirmation-required"] },
);

const revokeRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/tokens/{tokenId}",
    tags: TAGS,
    summary: "Revoke a personal access token",
    description: "One's own; owners and admins also a member's, but only an owner that of an owner. Safe to repeat.",
    request: { params: pathIds("tokenId") },
    responses: { 200: json(token, "The token as it is now.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

/** Personal access tokens of internal tools and `sb`. */
export function tokenRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listPersonalTokens(c.var.ctx, query), query), 200);
  });
  router.openapi(createTokenRoute, async (c) => c.json(await createPersonalToken(c.var.ctx, c.req.valid("json")), 201));
  router.openapi(revokeRoute, async (c) => c.json(await revokePersonalToken(c.var.ctx, c.req.valid("param")), 200));
  return router;
}
