import { createCredential } from "@switchboard/core/crypto/credential-format";
import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { itMovesTime } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const DAY_MS = 86_400_000;

let app: TestApp;
let owner: Owner;
let key: { id: string; secret: string };
beforeAll(async () => {
  app = await createTestApp({ settings: { trustedProxies: ["10.0.0.0/8"] } });
  owner = await addOwner(app.test);
  key = await addKey(app.test, owner, ["bots:read"], { expiresInDays: 365 });
});
afterAll(() => app.dispose());

const statusWith = async (request: Parameters<TestApp["request"]>[1]) =>
  (await app.request("/api/bots", request)).status;

describe("a credential", () => {
  it("is an API key or a personal access token, in either field", async () => {
    for (const text of [key.secret, owner.token]) {
      expect(await statusWith({ key: text })).toBe(200);
      expect(await statusWith({ bearer: text })).toBe(200);
    }
  });

  it("missing is 401 with a challenge", async () => {
    const answer = await app.request("/api/bots");
    expect(answer).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it("twice the same is one; two different ones cannot be read", async () => {
    expect(await statusWith({ key: key.secret, bearer: key.secret })).toBe(200);
    const both = await app.request("/api/bots", { key: key.secret, bearer: owner.token });
    expect(both).toMatchObject({ status: 400, body: { code: "unreadable" } });
  });

  it("is asked for before the body is looked at", async () => {
    expect(await statusWith({ json: { nonsense: true } })).toBe(401);
  });

  it("is never a cookie", async () => {
    const cookie = `better-auth.session_token=${owner.token}; token=${key.secret}`;
    expect(await statusWith({ headers: { cookie } })).toBe(401);
  });

  it.each([
    ["another scheme", { headers: { authorization: "Basic YTpi" } }],
    ["an empty bearer", { headers: { authorization: "Bearer " } }],
    ["no credential of ours", { key: "hello" }],
    ["a JWT without a type", { bearer: "eyJhbGciOiJub25lIn0.e30." }],
    ["an unsigned session token", { bearer: `${btoa('{"alg":"none","typ":"session+jwt"}')}.e30.` }],
    ["a lease token", { bearer: `${btoa('{"alg":"EdDSA","typ":"lease+jwt"}')}.e30.AAAA` }],
    ["an unknown key of right form", { key: createCredential("sb_live_").text }],
    ["an unknown token of right form", { bearer: createCredential("sb_pat_").text }],
  ])("of %s is 401, all alike", async (_name, request) => {
    const answer = await app.request("/api/bots", request);
    expect(answer).toMatchObject({ status: 401, body: { detail: "This credential is not valid." } });
  });

  it("of a key stands for no person", async () => {
    expect(await app.request("/api/me", { key: key.secret })).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
    expect((await app.request("/api/sign-out", { method: "POST", key: key.secret })).status).toBe(403);
  });

  it("with one letter changed is 401", async () => {
    const last = key.secret.at(-1) === "A" ? "B" : "A";
    expect(await statusWith({ key: key.secret.slice(0, -1) + last })).toBe(401);
  });
});

describe("an API key", () => {
  it("is made by an admin, shown once, and listed without its secret", async () => {
    const wish = { name: "billing", scopes: ["bots:read"], cidrs: ["192.0.2.0/24"] };
    const made = await app.request("/api/keys", { bearer: owner.token, json: wish });
    expect(made).toMatchObject({ status: 201, body: { status: "active", cidrs: ["192.0.2.0/24"] } });
    expect(made.body.secret).toMatch(/^sb_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    expect(made.headers.get("cache-control")).toBe("no-store");
    const list = await app.request("/api/keys?limit=200", { bearer: owner.token });
    expect(list.body.items.map((item: { id: string }) => item.id)).toContain(made.body.id);
    expect(list.text).not.toContain(made.body.secret.slice(-49));
  });

  it.each([
    [{ name: "x", scopes: [] }, "scopes"],
    [{ name: "x", scopes: ["everything"] }, "scopes.0"],
    [{ name: "x", scopes: ["bots:read"], expiresInDays: 366 }, "expiresInDays"],
    [{ name: "x", scopes: ["bots:read"], cidrs: ["10.0.0.0/33"] }, "cidrs.0"],
    [{ name: "x", scopes: ["bots:read"], botIds: ["bot_nobody"] }, "botIds.0"],
    [{ name: "x", scopes: ["bots:read"], secret: "mine" }, "secret"],
  ])("is not made of %j", async (wish, path) => {
    const answer = await app.request("/api/keys", { bearer: owner.token, json: wish });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });

  it("makes no keys, and neither does an operator", async () => {
    const operator = await addMemberToken(app.test, owner, "operator");
    const wish = { name: "x", scopes: ["bots:read"] };
    for (const credential of [key.secret, operator]) {
      expect((await app.request("/api/keys", { bearer: credential, json: wish })).status).toBe(403);
      expect((await app.request("/api/keys", { bearer: credential })).status).toBe(403);
    }
  });

  it("is refused at its next request once revoked; of another team it is not found", async () => {
    const { id, secret } = await addKey(app.test, owner, ["bots:read"]);
    const stranger = await addOwner(app.test);
    const revoke = (bearer: string) => app.request(`/api/keys/${id}`, { method: "DELETE", bearer });
    expect((await revoke(stranger.token)).status).toBe(404);
    expect(await statusWith({ key: secret })).toBe(200);
    expect(await revoke(owner.token)).toMatchObject({ status: 200, body: { status: "revoked" } });
    expect(await statusWith({ key: secret })).toBe(401);
    expect((await revoke(owner.token)).status).toBe(200);
  });

  itMovesTime("ends when its time is over", async () => {
    const { secret } = await addKey(app.test, owner, ["bots:read"], { expiresInDays: 1 });
    app.test.clock.advanceMs(DAY_MS - 1);
    expect(await statusWith({ key: secret })).toBe(200);
    app.test.clock.advanceMs(1);
    expect(await statusWith({ key: secret })).toBe(401);
  });

  it("without a scope is told which one, on something it may see", async () => {
    const botId = await addBot(app.test, owner.user);
    const answer = await app.request(`/api/bots/${botId}/stop`, { method: "POST", key: key.secret });
    expect(answer).toMatchObject({ status: 403, body: { code: "scope-missing", requiredScope: "bots:write" } });
  });
});

describe("the address of a request", () => {
  let limited: string;
  beforeAll(async () => {
    limited = (await addKey(app.test, owner, ["bots:read"], { cidrs: ["192.0.2.0/24", "2001:db8::/32"] })).secret;
  });
  const statusFrom = (peer: string, forwardedFor?: string) =>
    statusWith({ key: limited, peer, headers: forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor } });

  it("decides for a key that is limited to ranges", async () => {
    expect(await statusFrom("192.0.2.9")).toBe(200);
    expect(await statusFrom("::ffff:192.0.2.9")).toBe(200);
    expect(await statusFrom("2001:db8::1")).toBe(200);
    const refused = await app.request("/api/bots", { key: limited, peer: "198.51.100.1" });
    expect(refused).toMatchObject({ status: 403, body: { code: "address-not-allowed" } });
  });

  it("is not what a stranger writes into X-Forwarded-For", async () => {
    expect(await statusFrom("198.51.100.1", "192.0.2.9")).toBe(403);
    expect(await statusFrom("127.0.0.1", "192.0.2.9")).toBe(403);
    expect(await statusFrom("192.0.2.9", "198.51.100.1")).toBe(200);
  });

  it("is the right-most hop that no trusted proxy is", async () => {
    expect(await statusFrom("10.1.1.1", "192.0.2.9")).toBe(200);
    expect(await statusFrom("10.1.1.1", "192.0.2.9, 10.2.2.2")).toBe(200);
    expect(await statusFrom("10.1.1.1", "192.0.2.9, 198.51.100.1")).toBe(403);
    expect(await statusFrom("10.1.1.1", "192.0.2.9, unreadable")).toBe(403);
    expect(await statusFrom("10.1.1.1")).toBe(403);
  });
});
