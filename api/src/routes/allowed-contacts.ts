import { allowContact } from "@switchboard/core/services/blocks/allow-contact";
import { listAllowed } from "@switchboard/core/services/blocks/list-allowed";
import { removeAllow } from "@switchboard/core/services/blocks/remove-allow";
import { allowContactSchema, allowedContactSchema, listAllowedSchema } from "@switchboard/core/services/blocks/schemas";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/allowed-contacts";
const TAGS = ["Allowed contacts"];
const allowedContact = named(allowedContactSchema, "AllowedContact");
const wish = named(allowContactSchema, "NewAllowedContact", {
  example: { phoneNumber: "+34 600 000 002", note: "the courier" },
});

const listRoute = protectedRoute(
  {
    method: "get",
    path: PATH,
    tags: TAGS,
    summary: "List allowed contacts",
    description: "The newest first, those that have run out included.",
    request: { params: pathIds("botId"), query: listAllowedSchema },
    responses: { 200: json(named(listOf(allowedContact), "AllowedContactList"), "The allow list.") },
  },
  { scope: "blocking:read", refusals: ["not-found", "validation-failed"] },
);

const allowRoute = protectedRoute(
  {
    method: "post",
    path: PATH,
    tags: TAGS,
    summary: "Allow a caller always",
    description:
      "An allow goes before every block. Changes the entry where there is one. `force` also ends a block made by hand.",
    request: { params: pathIds("botId"), ...body(wish) },
    responses: { 200: json(allowedContact, "The entry as it is now.") },
  },
  { scope: "blocking:write", refusals: ["not-found", "block-conflict"] },
);

const removeRoute = protectedRoute(
  {
    method: "delete",
    path: `${PATH}/{contactId}`,
    tags: TAGS,
    summary: "Take a caller off the allow list",
    request: { params: pathIds("botId", "contactId") },
    responses: { 204: { description: "The entry is gone." } },
  },
  { scope: "blocking:write", refusals: ["not-found"] },
);

/** Callers whose calls always pass. */
export function allowedContactRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listAllowed(c.var.ctx, { ...c.req.valid("param"), ...query }), query), 200);
  });
  router.openapi(allowRoute, async (c) =>
    c.json(await allowContact(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(removeRoute, async (c) => {
    const { botId, contactId: allowId } = c.req.valid("param");
    await removeAllow(c.var.ctx, { botId, allowId });
    return c.body(null, 204);
  });
  return router;
}
