import { blockContact } from "@switchboard/core/services/blocks/block-contact";
import { getBlocked } from "@switchboard/core/services/blocks/get-blocked";
import { liftBlock } from "@switchboard/core/services/blocks/lift-block";
import { listBlocked } from "@switchboard/core/services/blocks/list-blocked";
import { restoreBlock } from "@switchboard/core/services/blocks/restore-block";
import { blockContactSchema, liftBlockSchema, listBlockedSchema } from "@switchboard/core/services/blocks/schemas";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";
import { blockedContact } from "./shared-schemas.ts";

const PATH = "/api/bots/{botId}/blocked-contacts";
const TAGS = ["Blocked contacts"];
const lift = named(liftBlockSchema, "BlockLift", { example: { reason: "a misunderstanding" } });
const oneParams = pathIds("botId", "contactId");
const wish = named(blockContactSchema, "NewBlockedContact", {
  example: { phoneNumber: "+34 600 000 001", type: "temporary", hours: 24, reason: "too many calls" },
});

const listRoute = protectedRoute(
  {
    method: "get",
    path: PATH,
    tags: TAGS,
    summary: "List blocks",
    description: "The newest first; those that are active, unless `status` says otherwise.",
    request: { params: pathIds("botId"), query: listBlockedSchema },
    responses: { 200: json(named(listOf(blockedContact), "BlockedContactList"), "The blocks.") },
  },
  { scope: "blocking:read", refusals: ["not-found", "validation-failed"] },
);

const blockRoute = protectedRoute(
  {
    method: "post",
    path: PATH,
    tags: TAGS,
    summary: "Block a caller",
    description:
      "Names the caller by exactly one of `phoneNumber`, `lid` and `callId`. A block that lasts at least as long is answered with 200 and nothing is changed.",
    request: { params: pathIds("botId"), ...body(wish) },
    responses: { 201: json(blockedContact, "The new block."), 200: json(blockedContact, "The block there was.") },
  },
  { scope: "blocking:write", refusals: ["not-found", "allow-conflict"] },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: `${PATH}/{contactId}`,
    tags: TAGS,
    summary: "Get a block, running or over",
    request: { params: oneParams },
    responses: { 200: json(blockedContact, "The block.") },
  },
  { scope: "blocking:read", refusals: ["not-found"] },
);

const liftRoute = protectedRoute(
  {
    method: "delete",
    path: `${PATH}/{contactId}`,
    tags: TAGS,
    summary: "Unblock a caller",
    description: "The block stays as history and can be restored. Safe to repeat.",
    request: { params: oneParams, body: json(lift, "May be left out.") },
    responses: { 200: json(blockedContact, "The block as it is now.") },
  },
  { scope: "blocking:write", refusals: ["not-found"] },
);

const restoreRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/{contactId}/restore`,
    tags: TAGS,
    summary: "Undo an unblock",
    description: "The same block is active again, with its own end. Safe to repeat.",
    request: { params: oneParams },
    responses: { 200: json(blockedContact, "The block as it is now.") },
  },
  { scope: "blocking:write", refusals: ["not-found", "conflict", "block-conflict", "allow-conflict"] },
);

/** Callers a bot does not take calls from. */
export function blockedContactRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listBlocked(c.var.ctx, { ...c.req.valid("param"), ...query }), query), 200);
  });
  router.openapi(blockRoute, async (c) => {
    const { botId } = c.req.valid("param");
    const { contact, isNew } = await blockContact(c.var.ctx, { botId, ...c.req.valid("json") });
    if (!isNew) return c.json(contact, 200);
    return c.json(contact, 201, { Location: `/api/bots/${botId}/blocked-contacts/${contact.id}` });
  });
  router.openapi(getRoute, async (c) => c.json(await getBlocked(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(liftRoute, async (c) =>
    c.json(await liftBlock(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(restoreRoute, async (c) => c.json(await restoreBlock(c.var.ctx, c.req.valid("param")), 200));
  return router;
}
