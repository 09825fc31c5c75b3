import { cancelPairing, getPairing, requestPairing } from "@switchboard/core/services/bots/pairing";
import { pairingSchema, requestPairingSchema } from "@switchboard/core/services/bots/schemas";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/pairing";
const TAGS = ["Pairing"];
const params = pathIds("botId");
const pairing = named(pairingSchema, "Pairing");
const wish = named(requestPairingSchema, "PairingRequest", {
  example: { method: "code", phoneNumber: "+34 600 000 000" },
});

const requestRoute = protectedRoute(
  {
    path: PATH,
    tags: TAGS,
    method: "post",
    summary: "Begin to link a phone",
    description: "A pairing in progress is replaced. Ask again with GET until there is a QR text or a code.",
    request: { params, ...body(wish) },
    responses: { 202: json(pairing, "Asked for.") },
  },
  { scope: "bots:write", refusals: ["not-found", "already-paired"] },
);

const getRoute = protectedRoute(
  {
    path: PATH,
    tags: TAGS,
    method: "get",
    summary: "How far the linking is",
    description: "`qr` and `code` are there only while they can be used. Whoever reads them can link the bot.",
    request: { params },
    responses: { 200: json(pairing, "The pairing as it stands.") },
  },
  { scope: "bots:write", refusals: ["not-found"] },
);

const cancelRoute = protectedRoute(
  {
    path: PATH,
    tags: TAGS,
    method: "delete",
    summary: "Cancel the linking",
    request: { params },
    responses: { 204: { description: "No pairing is in progress." } },
  },
  { scope: "bots:write", refusals: ["not-found"] },
);

/** The linking of a bot with a phone. */
export function pairingRoutes() {
  const router = createRouter();
  router.openapi(requestRoute, async (c) =>
    c.json(await requestPairing(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 202),
  );
  router.openapi(getRoute, async (c) => c.json(await getPairing(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(cancelRoute, async (c) => {
    await cancelPairing(c.var.ctx, c.req.valid("param"));
    return c.body(null, 204);
  });
  return router;
}
