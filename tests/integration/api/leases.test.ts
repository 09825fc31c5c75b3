import { freezeLease } from "@switchboard/core/services/custody/freeze-lease";
import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import { releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { addBot, uniqueNumber } from "@switchboard/core/testing/factories";
import { custodyRowsOf, letPass, takeByWorker } from "@switchboard/core/testing/leases";
import type { BotId } from "@switchboard/db/schema";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addKey } from "./support/credentials.ts";
import type { TestAnswer, TestRequest } from "./support/test-app.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let botId: BotId;
let key: { readonly id: string; readonly secret: string };

beforeAll(async () => {
  // Whoever waits on purpose is not cut off.
  world = await createWorld({ settings: { handlerTimeoutMs: 2_000 } });
});
afterAll(() => world.dispose());
beforeEach(async () => {
  botId = await world.addLinkedBot();
  // The worker that linked it is gone for long.
  await letPass(world.app.test, botId, 3_600_000);
  key = await addKey(world.app.test, world.owner, ["session:lease", "session:takeover"]);
});

const path = (tail = "", id: string = botId) => `/api/bots/${id}/session/lease${tail}`;
const newKey = () => `request-${uniqueNumber()}`;
const ask = (json: object = {}, request: TestRequest = {}) =>
  world.app.request(path(), {
    bearer: key.secret,
    json: { ttlSeconds: 60, ...json },
    headers: { "idempotency-key": newKey() },
    ...request,
  });
const asHolder = (lease: TestAnswer, tail: string, request: TestRequest = {}) =>
  world.app.request(path(tail), { bearer: lease.body.token, ...request });
const owner = () => world.app.test.as(world.owner.user);
const released = (lease: TestAnswer) => ({ finalRevision: lease.body.revision, clean: true });

describe("POST a lease", () => {
  it("201 answers the lease and its token, which nothing on the way may keep", async () => {
    const answer = await ask();
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      leaseId: expect.stringMatching(/^lse_/),
      epoch: 2,
      expiresAt: expect.any(String),
      ttlSeconds: 60,
      renewAfterSeconds: 20,
      revision: 1,
      clean: false,
      token: expect.stringMatching(/^ey/),
      maxExpiresAt: expect.any(String),
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(world.app.logLines.join()).not.toContain(answer.body.token);
  });

  it("201 without a body lives LEASE_TTL", async () => {
    const headers = { "idempotency-key": newKey() };
    const answer = await world.app.request(path(), { method: "POST", bearer: key.secret, headers });
    expect(answer).toMatchObject({ status: 201, body: { renewAfterSeconds: 10 } });
  });

  it("202 says when to ask again, until the worker has let go; then the same request is granted the bot", async () => {
    const worker = await takeByWorker(world.app.test, botId);
    const request = { headers: { "idempotency-key": newKey() } };
    const pending = await ask({ takeover: true }, request);
    expect(pending).toMatchObject({ status: 202, body: { retryAfterSeconds: 2 } });
    expect(pending.headers.get("retry-after")).toBe("2");
    await releaseForWorker(world.app.test.as({ kind: "worker", workerId: "wrk_test" }), worker, true);
    const granted = await ask({ takeover: true }, request);
    expect(granted).toMatchObject({ status: 201, body: { clean: true } });
    expect((await ask({ takeover: true }, request)).body.leaseId).toBe(granted.body.leaseId);
  });

  it("waits longer than another call may take", async () => {
    await takeByWorker(world.app.test, botId);
    expect(await ask({ waitSeconds: 3 })).toMatchObject({ status: 409, body: { code: "lease-held" } });
  });

  it("429 for the seventeenth that waits; those that do not wait are answered all the same", async () => {
    await takeByWorker(world.app.test, botId);
    const waiting = Array.from({ length: 17 }, () => ask({ waitSeconds: 5 }));
    expect(await ask()).toMatchObject({ status: 409 });
    const codes = (await Promise.all(waiting)).map(({ body }) => body.code).toSorted();
    expect(codes).toEqual([...Array.from({ length: 16 }, () => "lease-held"), "rate-limited"]);
    expect(await ask({ waitSeconds: 1 })).toMatchObject({ status: 409, body: { code: "lease-held" } });
  });

  it("400 without an Idempotency-Key, 422 for one that came with another request", async () => {
    expect(await ask({}, { headers: {} })).toMatchObject({ status: 400, body: { code: "idempotency-key-missing" } });
    const request = { headers: { "idempotency-key": newKey() } };
    await ask({}, request);
    const reused = { status: 422, body: { code: "idempotency-key-reused" } };
    expect(await ask({ ttlSeconds: 61 }, request)).toMatchObject(reused);
  });

  it.each([
    [{ ttlSeconds: 4 }],
    [{ ttlSeconds: 301 }],
    [{ ttlSeconds: 5.5 }],
    [{ ttlSeconds: "30" }],
    [{ waitSeconds: 31 }],
    [{ waitSeconds: -1 }],
    [{ takeover: "yes" }],
    [{ extends: { leaseId: "lse_x" } }],
    [{ unknown: 1 }],
  ])("422 for %j", async (json) => {
    expect(await ask(json)).toMatchObject({ status: 422, body: { code: "validation-failed" } });
  });

  it("403 for people, and for a takeover without its scope", async () => {
    const forbidden = { status: 403, body: { code: "forbidden" } };
    expect(await ask({}, { bearer: world.owner.token, headers: { "idempotency-key": "x" } })).toMatchObject(forbidden);
    const { secret } = await addKey(world.app.test, world.owner, ["session:lease"]);
    const missing = { status: 403, body: { code: "scope-missing", requiredScope: "session:takeover" } };
    expect(await ask({ takeover: true }, { bearer: secret, headers: { "idempotency-key": "x" } })).toMatchObject(
      missing,
    );
  });

  it("409 names the holder and the time it has left", async () => {
    await ask();
    const answer = await ask();
    expect(answer).toMatchObject({ status: 409, body: { code: "lease-held", holder: { kind: "key", id: key.id } } });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(50);
  });

  it("409 for a bot that is frozen, and for one without a session", async () => {
    await freezeLease(owner(), { botId });
    expect(await ask()).toMatchObject({ status: 409, body: { code: "bot-frozen" } });
    botId = await addBot(world.app.test, world.owner.user);
    expect(await ask()).toMatchObject({ status: 409, body: { code: "not-paired" } });
  });

  it("409 for an answer whose lease is over, and for a lease that is not to be extended", async () => {
    const request = { headers: { "idempotency-key": newKey() } };
    const { body } = await ask({}, request);
    const { leaseId, epoch } = body;
    await revokeLease(owner(), { botId });
    const stale = { status: 409, body: { code: "stale-epoch", epoch: epoch + 1 } };
    expect(await ask({}, request)).toMatchObject(stale);
    expect(await ask({ extends: { leaseId, epoch } })).toMatchObject(stale);
  });

  it("201 for an extension, with the same epoch", async () => {
    const { leaseId, epoch } = (await ask()).body;
    expect(await ask({ extends: { leaseId, epoch } })).toMatchObject({
      status: 201,
      body: { leaseId, epoch, clean: false },
    });
  });
});

describe("the holder", () => {
  it("sees, renews and releases its lease by its token", async () => {
    const lease = await ask();
    expect(await asHolder(lease, "")).toMatchObject({
      status: 200,
      body: { state: "held", leaseId: lease.body.leaseId },
    });
    const renewed = await asHolder(lease, "", { method: "PATCH", json: { ttlSeconds: 120, stalled: true } });
    expect(renewed).toMatchObject({ status: 200, body: { action: "none", token: expect.stringMatching(/^ey/) } });
    const next = { ...renewed, body: { ...lease.body, ...renewed.body } };
    expect((await asHolder(next, "")).body.stalledSince).toEqual(expect.any(String));
    expect((await asHolder(next, "", { method: "DELETE", json: released(lease) })).status).toBe(204);
    const over = { status: 409, body: { code: "lease-lost" } };
    for (const request of [{}, { method: "PATCH" }, { method: "DELETE", json: released(lease) }])
      expect(await asHolder(next, "", request)).toMatchObject(over);
  });

  it("does the same with its key, which stands for no lease once another key holds the bot", async () => {
    const lease = await ask();
    const byKey = { ...lease, body: { ...lease.body, token: key.secret } };
    expect((await asHolder(byKey, "", { method: "PATCH" })).status).toBe(200);
    const { secret: other } = await addKey(world.app.test, world.owner, ["session:lease"]);
    const lost = { status: 409, body: { code: "lease-lost" } };
    expect(await world.app.request(path(), { method: "PATCH", bearer: other })).toMatchObject(lost);
    expect((await asHolder(byKey, "", { method: "DELETE", json: released(lease) })).status).toBe(204);
  });

  it("412 for another final revision, which the answer names", async () => {
    const lease = await ask();
    const wrong = await asHolder(lease, "", { method: "DELETE", json: { finalRevision: 40, clean: true } });
    expect(wrong).toMatchObject({ status: 412, body: { code: "final-revision-mismatch", revision: 1 } });
    expect((await asHolder(lease, "", { method: "PATCH" })).status).toBe(200);
  });

  it("is refused everything after a revocation, and told the present epoch", async () => {
    const lease = await ask();
    expect((await world.app.request(path("/revoke"), { method: "POST", bearer: world.owner.token })).status).toBe(204);
    const stale = { status: 409, body: { code: "stale-epoch", epoch: 3 } };
    const calls: readonly [string, TestRequest][] = [
      ["", {}],
      ["", { method: "PATCH" }],
      ["", { method: "DELETE", json: released(lease) }],
      ["/handover", { json: { to: "workers" } }],
      ["/events", {}],
    ];
    for (const [tail, request] of calls) expect(await asHolder(lease, tail, request)).toMatchObject(stale);
  });

  it("is nobody once its key is revoked, and the bot is free after the lock-delay", async () => {
    const lease = await ask();
    await world.app.request(`/api/keys/${key.id}`, { method: "DELETE", bearer: world.owner.token });
    expect(await asHolder(lease, "", { method: "PATCH" })).toMatchObject({ status: 401 });
    expect((await custodyRowsOf(world.app.test, botId)).custody).toMatchObject({ state: "free", epoch: 3 });
    await letPass(world.app.test, botId, 5_001);
    key = await addKey(world.app.test, world.owner, ["session:lease"]);
    expect(await ask()).toMatchObject({ status: 201, body: { epoch: 4, clean: false } });
  });
});

describe("moving a bot", () => {
  it("202 for a hand-over by the holder and by an admin; the renewal says so", async () => {
    const lease = await ask();
    const asked = await asHolder(lease, "/handover", { json: { to: "workers" } });
    expect(asked).toMatchObject({ status: 202, body: { to: "workers", deadline: expect.any(String) } });
    expect(await world.app.request(path("/handover"), { bearer: world.owner.token, json: { to: "workers" } })).toEqual(
      expect.objectContaining({ status: 202, body: asked.body }),
    );
    expect((await asHolder(lease, "", { method: "PATCH" })).body).toMatchObject({
      action: "drain",
      deadline: asked.body.deadline,
    });
    const { id: to } = await addKey(world.app.test, world.owner, ["session:lease"]);
    const held = { status: 409, body: { code: "lease-held" } };
    expect(await asHolder(lease, "/handover", { json: { to } })).toMatchObject(held);
  });

  it("422 for somebody who may not hold the bot", async () => {
    const lease = await ask();
    const { id: to } = await addKey(world.app.test, world.owner, ["bots:read"]);
    expect(await asHolder(lease, "/handover", { json: { to } })).toMatchObject({ status: 422 });
  });

  it("by force ends the lease at once, and keeps the bot for whom it was taken", async () => {
    const lease = await ask();
    const force = (json: object) => world.app.request(path("/force-take"), { bearer: world.owner.token, json });
    expect(await force({ to: key.id })).toMatchObject({ status: 202, body: { to: key.id, deadline: null } });
    expect(await asHolder(lease, "", { method: "PATCH" })).toMatchObject({
      status: 409,
      body: { code: "stale-epoch" },
    });
    await letPass(world.app.test, botId, 5_001);
    expect((await ask()).status).toBe(201);
    await freezeLease(owner(), { botId });
    expect(await force({})).toMatchObject({ status: 409, body: { code: "bot-frozen" } });
  });
});
