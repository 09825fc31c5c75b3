import { authBatchBytesMax } from "@switchboard/core/domain/auth-record-types";
import { revisionTag } from "@switchboard/core/domain/revision-tag";
import { commitBatch } from "@switchboard/core/services/auth-state/commit-batch";
import { readRemote } from "@switchboard/core/services/auth-state/read-remote";
import {
  commitBatchSchema,
  committedBatchSchema,
  readRemoteSchema,
  remoteReadSchema,
} from "@switchboard/core/services/auth-state/schemas";
import { createPointLeases, type PointLeases } from "@switchboard/core/services/limits/point-leases";
import { tooManyRequests } from "@switchboard/core/services/limits/take-point";
import type { Context } from "hono";
import { z } from "zod";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { credentialsQuota } from "../rate-policies.ts";
import { type ApiEnv, createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/session";
const TAGS = ["Remote auth state"];
const params = pathIds("botId");
const wish = named(readRemoteSchema, "RemoteReadRequest", {
  example: { creds: true, keys: { session: ["34600000001.0"], "pre-key": ["7"] } },
});
const batch = named(commitBatchSchema, "AuthBatch", {
  example: { seq: 1, set: { "lid-mapping": { "34600000001": "123456789" }, "pre-key": { "7": null } } },
});
/** Whether they are there is for the verb to say: each missing one has a status of its own. */
const headers = z.object({
  "if-match": z.string().max(100).optional(),
  "idempotency-key": z.string().max(100).optional(),
});

const readRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/read`,
    tags: TAGS,
    summary: "Read parts of a held session",
    description:
      "For the holder of the bot's lease, with its lease token as Bearer: the credentials, named keys, or both, of one moment. Keys that do not exist are absent. `ETag` is the epoch and the revision they were read at. A key with a recipient key gets the parts sealed to it.",
    request: { params, ...body(wish) },
    responses: { 200: json(named(remoteReadSchema, "RemoteRead"), "Values are in Baileys' BufferJSON form.") },
  },
  { refusals: ["forbidden", "recipient-key-required", "not-found", "stale-epoch", "lease-lost", "not-paired"] },
);

const batchRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/batch`,
    tags: TAGS,
    summary: "Store what a held session changed",
    description:
      'For the holder of the bot\'s lease, with its lease token as Bearer. Credentials and keys of one operation are one batch: all of it is stored or nothing, and it is on the disk when this answers. `If-Match` is `"<epoch>.<revision>"` or `"<epoch>.*"`, `Idempotency-Key` is `<epoch>-<seq>`; `seq` counts from 1 in each epoch without gaps. The same batch again is answered the same. A body has 2 MB at most. 409 `stale-epoch` is final: end the connection.',
    request: { params, headers, ...body(batch) },
    responses: { 200: json(named(committedBatchSchema, "CommittedBatch"), "Stored. `ETag` is epoch and revision.") },
  },
  {
    bodyBytesMax: authBatchBytesMax,
    refusals: [
      "idempotency-key-missing",
      "forbidden",
      "recipient-key-required",
      "not-found",
      "stale-epoch",
      "lease-lost",
      "not-paired",
      "precondition-failed",
      "precondition-required",
      "idempotency-key-reused",
    ],
  },
);

/** @throws ServiceError rate-limited */
async function countDisclosure(c: Context<ApiEnv>, points: PointLeases): Promise<void> {
  const { ctx, deps } = c.var;
  if (ctx.actor.kind !== "lease-token") return;
  const quota = credentialsQuota(ctx.actor.keyId, deps.settings.requestsPerMinute);
  const { states, violated } = await points.take(ctx, [quota]);
  for (const state of states) ctx.tellQuota?.(state);
  if (violated.length === 0) return;
  deps.metrics.rateLimited(quota.policy);
  throw tooManyRequests(violated, Math.max(...states.map(({ resetSeconds }) => resetSeconds)));
}

/** The auth state of a session for whoever holds its lease: reading parts of it, and writing every change back. */
export function authStateRoutes() {
  const router = createRouter();
  const points = createPointLeases();
  router.openapi(readRoute, async (c) => {
    if (c.req.valid("json").creds === true) await countDisclosure(c, points);
    const { epoch, answer } = await readRemote(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
    c.header("ETag", revisionTag(epoch, answer.revision));
    return c.json(answer, 200);
  });
  router.openapi(batchRoute, async (c) => {
    const given = c.req.valid("header");
    const fields = { ifMatch: given["if-match"] ?? null, idempotencyKey: given["idempotency-key"] ?? null };
    const input = { ...c.req.valid("param"), ...c.req.valid("json"), ...fields };
    const { epoch, revision } = await commitBatch(c.var.ctx, input);
    c.header("ETag", revisionTag(epoch, revision));
    return c.json({ revision }, 200);
  });
  return router;
}
