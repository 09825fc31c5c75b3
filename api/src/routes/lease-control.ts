import { forceTake } from "@switchboard/core/services/custody/force-take";
import { freezeLease, unfreezeLease } from "@switchboard/core/services/custody/freeze-lease";
import { handOver } from "@switchboard/core/services/custody/hand-over";
import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import { forceTakeSchema, handoverSchema, successorSchema } from "@switchboard/core/services/custody/schemas";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/session/lease";
const TAGS = ["Leases"];
const params = pathIds("botId");
const handover = named(handoverSchema, "Handover");
const FOR_ADMINS = "For owners and admins.";

const handoverRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/handover`,
    tags: TAGS,
    summary: "Let a bot go to somebody",
    description:
      'To `"workers"`, or to the id of a key of the team that may lease the bot. Its holder is told to drain; once it has released, the bot is kept for `to` for a minute. For whoever holds the lease, and for owners and admins.',
    request: { params, ...body(named(successorSchema, "HandoverRequest", { example: { to: "workers" } })) },
    responses: { 202: json(handover, "It was asked for; asking again is safe.") },
  },
  {
    refusals: ["forbidden", "scope-missing", "not-found", "lease-held", "lease-lost", "stale-epoch", "bot-frozen"],
  },
);

const forceRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/force-take`,
    tags: TAGS,
    summary: "Take a bot without asking",
    description: `Ends whatever lease there is and keeps the bot for \`to\`, the workers without one: for a holder that was told to drain and does not. ${FOR_ADMINS}`,
    request: {
      params,
      body: json(named(forceTakeSchema, "ForceTake", { example: { to: "workers" } }), "May be left out."),
    },
    responses: { 202: json(handover, "The bot is kept for `to`.") },
  },
  { refusals: ["forbidden", "not-found", "bot-frozen"] },
);

const revokeRoute = switchRoute(
  "revoke",
  "Revoke a bot's lease",
  `Raises the epoch, so that its holder writes nothing from now on; nobody else is granted the bot for five seconds. Safe to repeat. ${FOR_ADMINS}`,
  "Nobody holds the bot by that lease any more.",
);
const freezeRoute = switchRoute(
  "freeze",
  "Freeze a bot's session",
  `Ends whatever lease there is, and lets neither workers nor microservices hold the bot until it is unfrozen. Safe to repeat. ${FOR_ADMINS}`,
  "Nobody may hold the bot.",
);
const unfreezeRoute = switchRoute(
  "unfreeze",
  "Unfreeze a bot's session",
  `Lets the bot be held again. Safe to repeat. ${FOR_ADMINS}`,
  "The bot may be held.",
);

function switchRoute(verb: "revoke" | "freeze" | "unfreeze", summary: string, description: string, done: string) {
  return protectedRoute(
    {
      method: "post",
      path: `${PATH}/${verb}` as const,
      tags: TAGS,
      summary,
      description,
      request: { params },
      responses: { 204: { description: done } },
    },
    { refusals: ["forbidden", "not-found"] },
  );
}

/** What ends or moves leases, whoever holds them. */
export function leaseControlRoutes() {
  const router = createRouter();
  router.openapi(handoverRoute, async (c) =>
    c.json(await handOver(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 202),
  );
  router.openapi(forceRoute, async (c) => {
    const taken = await forceTake(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
    c.var.deps.metrics.leases("revoked");
    return c.json(taken, 202);
  });
  router.openapi(revokeRoute, async (c) => {
    await revokeLease(c.var.ctx, c.req.valid("param"));
    c.var.deps.metrics.leases("revoked");
    return c.body(null, 204);
  });
  router.openapi(freezeRoute, async (c) => {
    await freezeLease(c.var.ctx, c.req.valid("param"));
    c.var.deps.metrics.leases("frozen");
    return c.body(null, 204);
  });
  router.openapi(unfreezeRoute, async (c) => {
    await unfreezeLease(c.var.ctx, c.req.valid("param"));
    return c.body(null, 204);
  });
  return router;
}
