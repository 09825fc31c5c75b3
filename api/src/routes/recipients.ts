import { challengeRecipient } from "@switchboard/core/services/sessions/challenge-recipient";
import {
  challengeRecipientSchema,
  challengeSchema,
  recipientSchema,
  setRecipientSchema,
} from "@switchboard/core/services/sessions/recipient-schemas";
import { getRecipient } from "@switchboard/core/services/sessions/recipients";
import { removeRecipient } from "@switchboard/core/services/sessions/remove-recipient";
import { setRecipient } from "@switchboard/core/services/sessions/set-recipient";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/keys/{keyId}/recipient";
const TAGS = ["API keys"];
const FOR_ADMINS = "For a personal access token of an owner or admin.";
const params = pathIds("keyId");
const recipient = named(recipientSchema, "Recipient");
const EXAMPLE_JWK = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};
const challengeWish = named(challengeRecipientSchema, "RecipientChallengeRequest", {
  example: { publicJwk: EXAMPLE_JWK },
});
const registration = named(setRecipientSchema, "RecipientRegistration", {
  example: { publicJwk: EXAMPLE_JWK, proof: "eyJ..." },
});

const getRoute = protectedRoute(
  {
    method: "get",
    path: PATH,
    tags: TAGS,
    summary: "Get the recipient key of an API key",
    description: `What sessions are sealed to for this key; \`recipient\` is null where there is none. ${FOR_ADMINS}`,
    request: { params },
    responses: { 200: json(recipient, "The recipient key.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

const challengeRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/challenge`,
    tags: TAGS,
    summary: "Ask for a challenge for a recipient key",
    description: `The first step of a registration. The owner of the private key signs the challenge within five minutes; it is good for this API key and this public key only. ${FOR_ADMINS}`,
    request: { params, ...body(challengeWish) },
    responses: { 200: json(named(challengeSchema, "RecipientChallenge"), "The challenge.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

const setRoute = protectedRoute(
  {
    method: "post",
    path: PATH,
    tags: TAGS,
    summary: "Register the recipient key of an API key",
    description: `From its next request on the API key gets sessions sealed to this key, and never plain ones. Takes the place of the present one. \`proof\` is a compact JWS (ES256, \`typ: recipient-proof+jwt\`) over \`{challenge, aud: <key id>}\`. Needs a recent password. ${FOR_ADMINS}`,
    request: { params, ...body(registration) },
    responses: { 200: json(recipient, "The recipient key as it is now.") },
  },
  { refusals: ["forbidden", "not-found", "conflict", "confirmation-required"] },
);

const removeRoute = protectedRoute(
  {
    method: "delete",
    path: PATH,
    tags: TAGS,
    summary: "Remove the recipient key of an API key",
    description: `The API key gets plain sessions afterwards where it has \`session:plain\`, and none otherwise. Needs a recent password. Safe to repeat. ${FOR_ADMINS}`,
    request: { params },
    responses: { 204: { description: "It has none now." } },
  },
  { refusals: ["forbidden", "not-found", "confirmation-required"] },
);

/** The public keys that sessions are sealed to, one for each API key. */
export function recipientRoutes() {
  const router = createRouter();
  router.openapi(getRoute, async (c) => c.json(await getRecipient(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(challengeRoute, async (c) =>
    c.json(await challengeRecipient(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(setRoute, async (c) =>
    c.json(await setRecipient(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(removeRoute, async (c) => {
    await removeRecipient(c.var.ctx, c.req.valid("param"));
    return c.body(null, 204);
  });
  return router;
}
