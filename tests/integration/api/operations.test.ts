import { registerWorker } from "@switchboard/core/services/fleet/register-worker";
import { addBot } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 20 } });
  owner = await addOwner(app.test);
});
afterAll(() => app.dispose());

describe("the state of the installation", () => {
  it("needs no credential and holds nothing of any team", async () => {
    const { workerId, ...worker } = { workerId: "worker-1", instanceId: "i1", version: "1" };
    await addBot(app.test, owner.user);
    expect((await app.request("/api/system/health")).body).toMatchObject({ status: "degraded", workers: [] });
    await registerWorker(app.test.as({ kind: "worker", workerId }), { workerId, ...worker });
    const lastSeenAt = new Date(app.test.clock.nowMs()).toISOString();
    expect((await app.request("/api/system/health")).body).toEqual({
      status: "ok",
      version: "0.0.0-test",
      database: { status: "ok" },
      workers: [{ id: workerId, state: "up", lastSeenAt }],
    });
    app.test.clock.advanceMs(90_001);
    expect((await app.request("/api/system/health")).body).toMatchObject({
      status: "degraded",
      workers: [{ state: "silent" }],
    });
  });

  it.each(["GET", "HEAD"])(
    "is told while the database is away, and so are keys and description: %s",
    async (method) => {
      const other = await createTestApp({ settings: { requestsPerMinute: 4 } });
      const { secret: key } = await addKey(other.test, await addOwner(other.test), ["bots:read"]);
      await other.dispose();
      const health = await other.request("/api/system/health", { method, key });
      expect(health.status).toBe(200);
      if (method === "GET")
        expect(health.body).toMatchObject({ status: "degraded", database: { status: "unavailable" } });
      for (const path of ["/.well-known/jwks.json", "/api/openapi.json"])
        expect((await other.request(path, { method, key })).status).toBe(200);
      expect((await other.request("/api/bots", { method, key })).status).toBeGreaterThanOrEqual(500);
    },
  );

  it("is ready while the database answers, alive in any case", async () => {
    const other = await createTestApp();
    expect(await other.request("/ready")).toMatchObject({ status: 200, body: { status: "ready" } });
    await other.dispose();
    expect(await other.request("/ready")).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect((await other.request("/health")).status).toBe(200);
  });
});

describe("metrics", () => {
  const peer = "127.0.0.1";

  it("count requests by route and status, tokens by what happened, and never a path", async () => {
    const botId = await addBot(app.test, owner.user);
    await linkBot(app.test, botId);
    const { secret: key } = await addKey(app.test, owner, ["session:token"]);
    const { body } = await app.request(`/api/bots/${botId}/session`, { key, json: { expiresIn: 60 } });
    await app.request(`/api/bots/${botId}/session`, { bearer: body.token });
    app.test.clock.advanceMs(60_000);
    await app.request(`/api/bots/${botId}/session`, { bearer: body.token });
    const { text } = await app.request("/metrics", { peer });
    expect(text).toContain(
      'switchboard_http_requests_total{method="POST",route="/api/bots/:botId/session",status="201"} 1',
    );
    for (const event of ["issued", "used", "expired"])
      expect(text).toContain(`switchboard_session_tokens_total{event="${event}"} 1`);
    expect(text).not.toContain(botId);
  });

  it("without a token are for this machine alone, and not through a proxy", async () => {
    expect((await app.request("/metrics", { peer })).status).toBe(200);
    expect((await app.request("/metrics", { peer: "::1" })).status).toBe(200);
    expect((await app.request("/metrics", { peer: "198.51.100.1" })).status).toBe(404);
    expect((await app.request("/metrics", { peer, headers: { "x-forwarded-for": "127.0.0.1" } })).status).toBe(404);
  });

  it("with a token are for whoever has it", async () => {
    const guarded = await createTestApp({ settings: { metricsToken: "a-metrics-token" } });
    expect((await guarded.request("/metrics", { bearer: "a-metrics-token", peer: "198.51.100.1" })).status).toBe(200);
    for (const bearer of ["a-metrics-toke", "a-metrics-token2", "other"])
      expect((await guarded.request("/metrics", { bearer, peer })).status).toBe(401);
    expect((await guarded.request("/metrics", { peer })).status).toBe(401);
    await guarded.dispose();
  });
});

describe("quotas", () => {
  it("are told with every answer, refusals included", async () => {
    const { secret: key } = await addKey(app.test, owner, ["bots:read"]);
    const first = await app.request("/api/bots", { key });
    expect(first.headers.get("ratelimit-policy")).toBe('"default";q=20;w=60');
    expect(first.headers.get("ratelimit")).toBe('"default";r=19;t=60');
    app.test.clock.advanceMs(10_000);
    const second = await app.request("/api/bots/bot_x", { key });
    expect(second.status).toBe(404);
    expect(second.headers.get("ratelimit")).toBe('"default";r=18;t=50');
  });

  it("are each credential's own; used up, everything waits until the window ends", async () => {
    const [one, two] = [await addKey(app.test, owner, ["bots:read"]), await addKey(app.test, owner, ["bots:read"])];
    for (let count = 0; count < 20; count++)
      expect((await app.request("/api/bots", { key: one.secret })).status).toBe(200);
    const refused = await app.request("/api/bots", { key: one.secret });
    expect(refused).toMatchObject({ status: 429, body: { code: "rate-limited", "violated-policies": ["default"] } });
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(refused.headers.get("ratelimit")).toBe('"default";r=0;t=60');
    expect((await app.request("/api/bots", { key: two.secret })).status).toBe(200);
    app.test.clock.advanceMs(60_000);
    expect((await app.request("/api/bots", { key: one.secret })).status).toBe(200);
  });

  it("of requests without a good credential are their address's, whatever X-Forwarded-For they write", async () => {
    const peer = "203.0.113.77";
    const ask = (count: number) =>
      app.request("/api/bots", { peer, key: `guess-${count}`, headers: { "x-forwarded-for": `192.0.2.${count}` } });
    const statuses: number[] = [];
    for (let count = 0; count < 21; count++) statuses.push((await ask(count)).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429]);
    expect((await app.request("/api/bots", { peer: "203.0.113.78" })).status).toBe(401);
  });
});

describe("the quota of answers that need no database", () => {
  it("is told and kept by address, and begins anew with the window", async () => {
    const ask = (peer: string) => app.request("/.well-known/jwks.json", { peer });
    app.test.clock.advanceMs(60_000);
    const first = await ask("203.0.113.80");
    expect(first.headers.get("ratelimit-policy")).toBe('"default";q=20;w=60');
    expect(first.headers.get("ratelimit")).toBe('"default";r=19;t=60');
    app.test.clock.advanceMs(10_000);
    for (let count = 0; count < 19; count++) expect((await ask("203.0.113.80")).status).toBe(200);
    const refused = await ask("203.0.113.80");
    expect(refused).toMatchObject({ status: 429, body: { code: "rate-limited", "violated-policies": ["default"] } });
    expect(refused.headers.get("retry-after")).toBe("50");
    expect(refused.headers.get("ratelimit")).toBe('"default";r=0;t=50');
    expect((await ask("203.0.113.81")).status).toBe(200);
    app.test.clock.advanceMs(50_000);
    expect((await ask("203.0.113.80")).status).toBe(200);
  });
});

describe("the quota of session tokens", () => {
  it("is one for all that were made for the same key, so renewing gains nothing", async () => {
    const botId = await addBot(app.test, owner.user);
    await linkBot(app.test, botId);
    const path = `/api/bots/${botId}/session`;
    const [one, two] = [
      await addKey(app.test, owner, ["session:read", "session:token"]),
      await addKey(app.test, owner, ["session:read", "session:token"]),
    ];
    let token: string = (await app.request(path, { key: one.secret, json: {} })).body.token;
    const other: string = (await app.request(path, { key: two.secret, json: {} })).body.token;
    for (let count = 0; count < 20; count++) {
      const renewed = await app.request(path, { bearer: token, json: {} });
      expect(renewed.status).toBe(201);
      token = renewed.body.token;
    }
    expect((await app.request(path, { bearer: token, json: {} })).status).toBe(429);
    expect((await app.request(path, { bearer: other, json: {} })).status).toBe(201);
  });
});

describe("every answer", () => {
  it("carries the fields that keep browsers from making anything of it", async () => {
    for (const path of ["/api/system/health", "/api/nothing", "/problems/internal", "/ready"]) {
      const { headers } = await app.request(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("strict-transport-security")).toBeNull();
    }
  });

  it("asks for https for a year where the installation is reached over it", async () => {
    const secure = await createTestApp({
      deps: (deps) => ({
        ...deps,
        base: { ...deps.base, settings: { ...deps.base.settings, publicUrl: "https://sb.example.org" } },
      }),
    });
    expect((await secure.request("/ready")).headers.get("strict-transport-security")).toContain("max-age=31536000");
    await secure.dispose();
  });
});
