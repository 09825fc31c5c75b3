import { principalName } from "@switchboard/core/context";
import { acquireLease } from "@switchboard/core/services/custody/acquire-lease";
import { getLease } from "@switchboard/core/services/custody/get-lease";
import { releaseLease } from "@switchboard/core/services/custody/release-lease";
import { renewLease } from "@switchboard/core/services/custody/renew-lease";
import {
  acquireLeaseSchema,
  grantedLeaseSchema,
  leasePendingSchema,
  leaseSchema,
  releaseLeaseSchema,
  renewedLeaseSchema,
  renewLeaseSchema,
} from "@switchboard/core/services/custody/schemas";
import { z } from "zod";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createPlaces } from "../places.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/session/lease";
const TAGS = ["Leases"];
const params = pathIds("botId");
const wish = named(acquireLeaseSchema, "LeaseRequest", {
  example: { ttlSeconds: 30, takeover: true, waitSeconds: 20 },
});
const renewal = named(renewLeaseSchema, "LeaseRenewal", { example: { ttlSeconds: 30 } });
const release = named(releaseLeaseSchema, "LeaseRelease", { example: { finalRevision: 57, clean: true } });
/** Whether it is there is for the verb to say: a missing one has a status of its own. */
const headers = z.object({ "idempotency-key": z.string().max(1_000).optional() });

const acquireRoute = protectedRoute(
  {
    method: "post",
    path: PATH,
    tags: TAGS,
    summary: "Take a bot's session over",
    description:
      "Grants the caller's API key exclusive custody of a linked bot, with a lease token for the calls that follow. `waitSeconds` waits for it, 16 requests of a key at once; `takeover` (scope `session:takeover`) asks whoever holds the bot to give it back, and keeps it for the caller meanwhile. 202 means that this goes on: repeat the request with the same Idempotency-Key. `extends` names the caller's own lease and gives it another day, without a change of epoch. Repeating a request under its Idempotency-Key answers the same lease for a day. For API keys alone.",
    request: { params, headers, body: json(wish, "May be left out.") },
    responses: {
      201: json(
        named(grantedLeaseSchema, "GrantedLease"),
        "The lease. Recover the session first where `clean` is false.",
      ),
      202: json(named(leasePendingSchema, "PendingLease"), "The bot is on its way. Ask again."),
    },
  },
  {
    scope: "session:lease",
    refusals: [
      "idempotency-key-missing",
      "forbidden",
      "not-found",
      "lease-held",
      "lease-lost",
      "stale-epoch",
      "bot-frozen",
      "not-paired",
      "in-progress",
      "idempotency-key-reused",
    ],
  },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: PATH,
    tags: TAGS,
    summary: "See who holds a bot",
    description: "The holder and since when, without secrets. A lease token sees the lease it names.",
    request: { params },
    responses: { 200: json(named(leaseSchema, "Lease"), "The custody of the bot.") },
  },
  { scope: "session:lease", refusals: ["not-found", "stale-epoch", "lease-lost"] },
);

const renewRoute = protectedRoute(
  {
    method: "patch",
    path: PATH,
    tags: TAGS,
    summary: "Renew a lease",
    description:
      "For whoever holds the lease: its lease token, or the API key with `session:lease`. Never shortens it, and never goes beyond `maxExpiresAt`. `action` is `drain` when the bot was asked back: finish, close the connection, write what is left and release before `deadline`.",
    request: { params, body: json(renewal, "May be left out.") },
    responses: { 200: json(named(renewedLeaseSchema, "RenewedLease"), "The new end, and a fresh lease token.") },
  },
  { refusals: ["forbidden", "scope-missing", "not-found", "lease-lost", "stale-epoch"] },
);

const releaseRoute = protectedRoute(
  {
    method: "delete",
    path: PATH,
    tags: TAGS,
    summary: "Give a bot back",
    description:
      "For whoever holds the lease, after the connection is closed. `finalRevision` is the revision of the last acknowledged batch: 412 names another one. With `clean` the next holder needs no recovery and no delay. The bot goes to the one it is kept for, else to the workers.",
    request: { params, ...body(release) },
    responses: { 204: { description: "The bot is given back." } },
  },
  { refusals: ["forbidden", "scope-missing", "not-found", "lease-lost", "stale-epoch", "final-revision-mismatch"] },
);

/** Each looks at the bot five times a second: enough for a service that begins with many bots, too few to keep others out. */
const WAITING_MAX = 16;

/** Leases of microservices: taking, seeing, renewing and giving back. */
export function leaseRoutes() {
  const router = createRouter();
  const waiting = createPlaces(WAITING_MAX, { what: "Requests that wait for a lease", retryAfterSeconds: 5 });
  router.openapi(acquireRoute, async (c) => {
    const wished = c.req.valid("json");
    const idempotencyKey = c.req.valid("header")["idempotency-key"];
    const waitMs = (wished?.waitSeconds ?? 0) * 1000;
    c.var.allowMoreTime(waitMs);
    const nobodyWaits = AbortSignal.any([c.req.raw.signal, c.var.deps.stopping]);
    const input = { ...c.req.valid("param"), ...wished, idempotencyKey };
    const leave = waitMs > 0 ? waiting.take(principalName(c.var.ctx.actor)) : null;
    const result = await acquireLease(c.var.ctx, input, nobodyWaits).finally(leave);
    if (result.kind === "granted") {
      c.var.deps.metrics.leases("acquired");
      return c.json(result.lease, 201);
    }
    c.header("Retry-After", String(result.retryAfterSeconds));
    return c.json({ retryAfterSeconds: result.retryAfterSeconds }, 202);
  });
  router.openapi(getRoute, async (c) => c.json(await getLease(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(renewRoute, async (c) =>
    c.json(await renewLease(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(releaseRoute, async (c) => {
    await releaseLease(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
    c.var.deps.metrics.leases("released");
    return c.body(null, 204);
  });
  return router;
}
