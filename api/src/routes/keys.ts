import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { getApiKey } from "@switchboard/core/services/identity/api-keys/get-api-key";
import { listApiKeys } from "@switchboard/core/services/identity/api-keys/list-api-keys";
import { revokeApiKey } from "@switchboard/core/services/identity/api-keys/revoke-api-key";
import { rotateApiKey } from "@switchboard/core/services/identity/api-keys/rotate-api-key";
import {
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  listApiKeysSchema,
  rotateApiKeySchema,
  updateApiKeySchema,
} from "@switchboard/core/services/identity/api-keys/schemas";
import { updateApiKey } from "@switchboard/core/services/identity/api-keys/update-api-key";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["API keys"];
const FOR_ADMINS = "For a personal access token of an owner or admin.";
const apiKey = named(apiKeySchema, "ApiKey");
const madeKey = named(createdApiKeySchema, "CreatedApiKey");
const params = pathIds("keyId");
const wish = named(createApiKeySchema, "NewApiKey", {
  example: { name: "billing service", scopes: ["session:read", "session:plain"], expiresInDays: 90 },
});
const changes = named(updateApiKeySchema, "ApiKeyChanges", { example: { disabled: true } });
const rotation = named(rotateApiKeySchema, "ApiKeyRotation", { example: { overlapSeconds: 3_600 } });

const createKeyRoute = protectedRoute(
  {
    method: "post",
    path: "/api/keys",
    tags: TAGS,
    summary: "Make an API key",
    description: `\`secret\` is the key itself: shown in this answer and never again. A team has 1,000 at most. ${FOR_ADMINS}`,
    request: body(wish),
    responses: { 201: json(madeKey, "The key with its secret.") },
  },
  { refusals: ["forbidden", "conflict", "confirmation-required", "scope-missing"] },
);

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/keys",
    tags: TAGS,
    summary: "List API keys",
    description: `Newest first, without their secrets. ${FOR_ADMINS}`,
    request: { query: listApiKeysSchema },
    responses: { 200: json(named(listOf(apiKey), "ApiKeyList"), "The team's keys.") },
  },
  { refusals: ["forbidden", "validation-failed"] },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: "/api/keys/{keyId}",
    tags: TAGS,
    summary: "Get an API key",
    description: `Without its secret, with its last use. ${FOR_ADMINS}`,
    request: { params },
    responses: { 200: json(apiKey, "The key.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

const updateRoute = protectedRoute(
  {
    method: "patch",
    path: "/api/keys/{keyId}",
    tags: TAGS,
    summary: "Rename, disable, enable or limit an API key",
    description: `Holds from its next request on, and for the session tokens made with it. What lets the key do more needs a recent password. ${FOR_ADMINS}`,
    request: { params, ...body(changes) },
    responses: { 200: json(apiKey, "The key as it is now.") },
  },
  { refusals: ["forbidden", "not-found", "conflict", "confirmation-required"] },
);

const rotateRoute = protectedRoute(
  {
    method: "post",
    path: "/api/keys/{keyId}/rotate",
    tags: TAGS,
    summary: "Make the successor of an API key",
    description: `Same name, scopes, bots, ranges and quota. The old key works on for \`overlapSeconds\`, and can be rotated once. \`secret\` is shown in this answer and never again. A team has 1,000 at most. ${FOR_ADMINS}`,
    request: { params, ...body(rotation) },
    responses: { 201: json(madeKey, "The new key with its secret.") },
  },
  { refusals: ["forbidden", "not-found", "conflict", "confirmation-required", "scope-missing"] },
);

const revokeRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/keys/{keyId}",
    tags: TAGS,
    summary: "Revoke an API key",
    description: `Its next request is refused, and so are the session tokens made with it. Safe to repeat. ${FOR_ADMINS}`,
    request: { params },
    responses: { 200: json(apiKey, "The key as it is now.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

/** API keys of microservices. */
export function keyRoutes() {
  const router = createRouter();
  router.openapi(createKeyRoute, async (c) => {
    const made = await createApiKey(c.var.ctx, c.req.valid("json"));
    return c.json(made, 201, { Location: `/api/keys/${made.id}` });
  });
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listApiKeys(c.var.ctx, query), query), 200);
  });
  router.openapi(getRoute, async (c) => c.json(await getApiKey(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(updateRoute, async (c) =>
    c.json(await updateApiKey(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(rotateRoute, async (c) => {
    const made = await rotateApiKey(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
    return c.json(made, 201, { Location: `/api/keys/${made.id}` });
  });
  router.openapi(revokeRoute, async (c) => c.json(await revokeApiKey(c.var.ctx, c.req.valid("param")), 200));
  return router;
}
