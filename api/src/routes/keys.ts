import { createApiKey, listApiKeys, revokeApiKey } from "@switchboard/core/services/identity/api-keys";
import {
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  listPageSchema,
} from "@switchboard/core/services/identity/schemas";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["API keys"];
const FOR_ADMINS = "For a personal access token of an owner or admin.";
const apiKey = named(apiKeySchema, "ApiKey");
const wish = named(createApiKeySchema, "NewApiKey", {
  example: { name: "billing service", scopes: ["session:read", "session:plain"], expiresInDays: 90 },
});

const createKeyRoute = protectedRoute(
  {
    method: "post",
    path: "/api/keys",
    tags: TAGS,
    summary: "Make an API key",
    description: `\`secret\` is the key itself: shown in this answer and never again. ${FOR_ADMINS}`,
    request: body(wish),
    responses: { 201: json(named(createdApiKeySchema, "CreatedApiKey"), "The key with its secret.") },
  },
  { refusals: ["forbidden"] },
);

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/keys",
    tags: TAGS,
    summary: "List API keys",
    description: `Newest first, without their secrets. ${FOR_ADMINS}`,
    request: { query: listPageSchema },
    responses: { 200: json(named(listOf(apiKey), "ApiKeyList"), "The team's keys.") },
  },
  { refusals: ["forbidden", "validation-failed"] },
);

const revokeRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/keys/{keyId}",
    tags: TAGS,
    summary: "Revoke an API key",
    description: `Its next request is refused, and so are the session tokens made with it. Safe to repeat. ${FOR_ADMINS}`,
    request: { params: pathIds("keyId") },
    responses: { 200: json(apiKey, "The key as it is now.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

/** API keys of microservices. */
export function keyRoutes() {
  const router = createRouter();
  router.openapi(createKeyRoute, async (c) => c.json(await createApiKey(c.var.ctx, c.req.valid("json")), 201));
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listApiKeys(c.var.ctx, query), query), 200);
  });
  router.openapi(revokeRoute, async (c) => c.json(await revokeApiKey(c.var.ctx, c.req.valid("param")), 200));
  return router;
}
