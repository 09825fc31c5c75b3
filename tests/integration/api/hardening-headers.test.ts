import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../api/src/app.ts";
import type { AppDeps } from "../../../api/src/app-deps.ts";
import { listOperations } from "./support/operations.ts";
import { prepare, send } from "./support/valid-requests.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let secure: World;
let deps: AppDeps;
beforeAll(async () => {
  world = await createWorld({
    deps: (made) => {
      deps = made;
      return made;
    },
  });
  const withPublicUrl = (made: AppDeps, publicUrl: string): AppDeps => ({
    ...made,
    base: { ...made.base, settings: { ...made.base.settings, publicUrl } },
  });
  secure = await createWorld({ deps: (made) => withPublicUrl(made, "https://sb.example.org") });
});
afterAll(async () => {
  await world.dispose();
  await secure.dispose();
});

const operations = listOperations();
const CROSS_SITE = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };

function expectHardened(headers: Headers): void {
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"])
    expect(headers.get("content-security-policy")).toContain(directive);
  expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  expect(headers.get("cache-control")).not.toBeNull();
  expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  expect(headers.get("x-powered-by")).toBeNull();
  expect(headers.get("server")).toBeNull();
}

describe("every answer", () => {
  it.each(operations)(
    "to $name carries the fields of every answer, whether it succeeds or not",
    async ({ name, path, method }) => {
      const answer = await send(world, name, await prepare(world, name));
      expect(answer.status).toBeLessThan(300);
      expectHardened(answer.headers);
      const address = path.replace(/\{\w+\}/g, "x");
      const headers = { ...CROSS_SITE, authorization: "Bearer nonsense" };
      expectHardened((await world.app.request(address, { method: method.toUpperCase(), headers })).headers);
    },
  );

  it.each(operations)("to $name lets no page of another site in", async ({ path, method }) => {
    const address = path.replace(/\{\w+\}/g, "x");
    const headers = {
      ...CROSS_SITE,
      "access-control-request-method": method.toUpperCase(),
      "access-control-request-headers": "authorization, x-api-key",
      "access-control-request-private-network": "true",
    };
    const answer = await world.app.request(address, { method: "OPTIONS", headers });
    expect([404, 405]).toContain(answer.status);
    expectHardened(answer.headers);
  });

  it.each([
    "/",
    "/nothing",
    "/health",
    "/ready",
    "/metrics",
    "/problems",
    "/problems/internal",
    "/problems/nothing",
    "/docs",
    "/docs/x.js",
    "/api/openapi.json",
    "/.well-known/jwks.json",
    "/api/auth/get-session",
    "/api/auth/nothing",
    "/trpc",
    "/trpc/system.health",
    "/trpc/nothing",
  ])("at %s carries them as well", async (path) => {
    for (const method of ["GET", "POST", "PUT", "OPTIONS", "HEAD"])
      expectHardened((await world.app.request(path, { method, headers: CROSS_SITE })).headers);
  });

  it("that is a stream carries them, and none of it is kept on the way", async () => {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${world.owner.token}`, accept: "text/event-stream" };
    const input = encodeURIComponent(JSON.stringify({ json: {} }));
    const request = new Request(`http://api.test/trpc/events.follow?input=${input}`, { headers, signal: abort.signal });
    const response = await createApp(deps).request(request);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expectHardened(response.headers);
    expect(response.headers.get("cache-control")).toMatch(/no-store|no-cache/);
    await response.body?.cancel();
    abort.abort();
  });

  it.each(["/api/bots", "/nothing", "/trpc/nothing", "/health"])(
    "at %s asks for https only where the installation is reached over it",
    async (path) => {
      const strict = (await secure.app.request(path)).headers.get("strict-transport-security");
      expect(strict).toBe("max-age=31536000; includeSubDomains");
      expect((await world.app.request(path)).headers.get("strict-transport-security")).toBeNull();
    },
  );
});

describe("what depends on who asks", () => {
  const isOfAnybody = new Set(["get /.well-known/jwks.json"]);
  const holders: string[] = [];

  it.each(operations.filter(({ name }) => !isOfAnybody.has(name)))(
    "is never stored on the way: $name",
    async ({ name }) => {
      const answer = await send(world, name, await prepare(world, name));
      if (/"(sb_[a-z]+_[0-9A-Za-z]{12}_|eyJ[\w-]+\.eyJ)/.test(answer.text)) holders.push(name);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    },
  );

  it("covers the answers that hold a secret", () => {
    const known = ["post /api/keys", "post /api/sign-in", "get /api/bots/{botId}/session"];
    expect(holders).toEqual(expect.arrayContaining(known));
  });

  it("is not stored either when a procedure answers", async () => {
    const json = { json: { botId: world.linkedBot.botId } };
    const answer = await world.app.request("/trpc/sessions.tokens.issue", { bearer: world.owner.token, json });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});

describe("a change by a page of another site", () => {
  it.each([{ origin: "https://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }, {}])(
    "with the cookie of a person is 403: %j",
    async (headers) => {
      const json = { email: "ada@example.org", password: "not the password at all" };
      const answer = await world.app.request("/api/auth/sign-in/email", { json, headers: { ...headers } });
      expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
    },
  );
});
