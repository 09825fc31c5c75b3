import { ServiceError } from "@switchboard/core/errors";
import { addPersonalToken } from "@switchboard/core/services/identity/internal";
import { addBot } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { apiKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../api/src/app.ts";
import type { AppDeps } from "../../../api/src/app-deps.ts";
import { createBrowserSignIn } from "../../../api/src/deps/browser-sign-in.ts";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { listOperations } from "./support/operations.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let deps: AppDeps;
let owner: Owner;
beforeAll(async () => {
  app = await createTestApp({
    settings: { requestsPerMinute: 200 },
    deps: (made) => {
      deps = made;
      return made;
    },
  });
  owner = await addOwner(app.test);
});
afterAll(() => app.dispose());

const policiesOf = (headers: Headers) => parseList(headers.get("ratelimit-policy"), ["q", "w"]);
const statesOf = (headers: Headers) => parseList(headers.get("ratelimit"), ["r", "t"]);

/** Reads a list of structured fields (RFC 9651) as the draft writes it; anything else fails. */
function parseList(text: string | null, parameters: readonly [string, string]): Record<string, [number, number]> {
  const [first, second] = parameters;
  const item = new RegExp(`^"([a-z-]+)";${first}=(\\d+);${second}=(\\d+)$`);
  const entries = (text ?? "").split(", ").map((part) => {
    const [, name = "", one, two] = item.exec(part) ?? [];
    if (one === undefined || two === undefined) throw new Error(`no item of the list: ${part}`);
    const numbers: [number, number] = [Number(one), Number(two)];
    return [name, numbers] as const;
  });
  return Object.fromEntries(entries);
}

describe("every call of the REST API", () => {
  it.each(listOperations())("$name tells its quotas, whatever it answers", async ({ method, path }) => {
    const { headers } = await app.request(path.replace(/\{\w+\}/g, "x"), { method: method.toUpperCase() });
    const policies = policiesOf(headers);
    expect(policies.default).toEqual([200, 60]);
    expect(Object.keys(statesOf(headers))).toEqual(Object.keys(policies));
  });

  it.each(["/api/nothing", "/api/bots/a/b/c"])("and so does %s, which is none", async (path) => {
    expect(policiesOf((await app.request(path)).headers)).toHaveProperty("default");
  });
});

describe("a quota of its own", () => {
  it.each([
    ["session", "GET", "/api/bots/bot_x/session", 120],
    ["session-tokens", "POST", "/api/bots/bot_x/session", 120],
    ["token-checks", "POST", "/api/session-tokens/verify", 300],
    ["pairing", "POST", "/api/bots/bot_x/pairing", 20],
    ["setup", "POST", "/api/setup", 20],
    ["session-tokens", "POST", "/trpc/sessions.tokens.issue", 120],
    ["pairing", "POST", "/trpc/system.health,bots.pairing.request", 20],
  ])("%s is told at %s %s", async (name, method, path, limit) => {
    const { headers } = await app.request(path, { method, bearer: owner.token });
    expect(policiesOf(headers)[name]).toEqual([limit, 60]);
  });

  it("ends that call alone, with what is left of each told in the refusal", async () => {
    const { secret: key } = await addKey(app.test, owner, ["bots:write", "bots:read"]);
    const botId = await addBot(app.test, owner.user);
    const pair = () => app.request(`/api/bots/${botId}/pairing`, { key, json: { method: "qr" } });
    for (let count = 0; count < 20; count++) expect((await pair()).status).toBe(202);
    const refused = await pair();
    expect(refused).toMatchObject({ status: 429, body: { code: "rate-limited", "violated-policies": ["pairing"] } });
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(statesOf(refused.headers)).toEqual({ default: [180, 60], pairing: [0, 60] });
    expect((await app.request(`/api/bots/${botId}/pairing`, { key })).status).toBe(200);
  });

  it("grows with a key that may do more", async () => {
    const key = await addKey(app.test, owner, ["session:read", "session:plain"]);
    await setLimit(key.id, 1_000);
    const { headers } = await app.request("/api/bots/bot_x/session", { key: key.secret });
    expect(policiesOf(headers)).toEqual({ default: [1_000, 60], session: [200, 60] });
  });
});

const setLimit = (keyId: string, requestsPerMinute: number) =>
  app.test.db.write(async (tx) => {
    await tx.update(apiKeys).set({ requestsPerMinute }).where(eq(apiKeys.id, keyId));
  });

describe("a key's own limit", () => {
  it("stands in place of the installation's", async () => {
    const key = await addKey(app.test, owner, ["bots:read"]);
    await setLimit(key.id, 3);
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await app.request("/api/bots", { key: key.secret })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });
});

describe("rejected credentials", () => {
  it("have a quota of their address besides the one it has anyway; good ones pass all the same", async () => {
    const peer = "203.0.113.90";
    const { secret } = await addKey(app.test, owner, ["bots:read"]);
    const guess = (count: number) => app.request("/api/bots", { peer, key: `guess-${count}` });
    expect(policiesOf((await guess(0)).headers)).toEqual({ default: [200, 60], "rejected-credentials": [60, 60] });
    for (let count = 1; count < 60; count++) expect((await guess(count)).status).toBe(401);
    const refused = await guess(60);
    expect(refused).toMatchObject({ status: 429, body: { "violated-policies": ["rejected-credentials"] } });
    expect((await app.request("/api/bots", { peer, key: secret })).status).toBe(200);
    expect((await app.request("/api/bots", { peer })).status).toBe(401);
  });
});

describe("a quota that a verb counts", () => {
  it("is told with the others and named in the refusal", async () => {
    const peer = "203.0.113.91";
    const json = { email: "nobody@example.org", password: "not the password at all" };
    const first = await app.request("/api/sign-in", { peer, json });
    expect(policiesOf(first.headers)).toMatchObject({ default: [200, 60], "sign-in-email": [10, 900] });
    expect(statesOf(first.headers)["sign-in-email"]).toEqual([9, 900]);
    for (let count = 1; count < 10; count++) await app.request("/api/sign-in", { peer, json });
    const refused = await app.request("/api/sign-in", { peer, json });
    expect(refused).toMatchObject({ status: 429, body: { "violated-policies": ["sign-in-email"] } });
    expect(refused.headers.get("retry-after")).toBe("900");
  });
});

describe("a batch of procedures", () => {
  it("costs as many points as it makes calls", async () => {
    const { token } = await addOwner(app.test);
    const left = async (path: string) =>
      statesOf((await app.request(path, { bearer: token })).headers).default?.[0] ?? Number.NaN;
    const before = await left("/trpc/auth.me");
    expect(await left("/trpc/auth.me,auth.me,auth.me?batch=1")).toBe(before - 3);
    expect(await left(`/trpc/${"auth.me,".repeat(500)}auth.me?batch=1`)).toBe(before - 23);
  });

  it.each([
    "/trpc/setup.complete/",
    "/trpc/setup.complete%2Csetup.complete?batch=1",
    "/trpc/setup.complete%2csetup%2Ecomplete/?batch=1",
  ])("is not served in another spelling, which would not be counted: %s", async (path) => {
    const refused = await app.request(path, { bearer: owner.token, json: {} });
    expect(refused.status).toBe(404);
    const answers: unknown = refused.body;
    const error = { json: { message: "There is no procedure of this name.", data: { code: "not-found" } } };
    for (const answer of [answers].flat()) expect(answer).toMatchObject({ error });
    expect(policiesOf(refused.headers)).toHaveProperty("default");
  });
});

describe("a person", () => {
  it("has one quota, with however many tokens", async () => {
    const { user, token } = await addOwner(app.test);
    const again = await app.test.db.write((tx) => addPersonalToken(tx, app.test.as(user), user, "again"));
    const left: (number | undefined)[] = [];
    for (const bearer of [token, again.token])
      left.push(statesOf((await app.request("/api/me", { bearer })).headers).default?.[0]);
    expect(left).toEqual([199, 198]);
  });
});

describe("an IPv6 network", () => {
  it.each([
    ["/api/me", { key: "guess" }, "rejected-credentials"],
    ["/api/me", {}, "default"],
    ["/api/system/health", {}, "default"],
    [
      "/api/password-reset",
      { json: { code: "x", newPassword: "nine lanterns over the old harbour" } },
      "one-time-codes-address",
    ],
    ["/api/sign-in", { json: { email: "a@example.org", password: "not this" } }, "sign-in-address"],
  ])("has one quota at %s with %j: %s", async (path, request, policy) => {
    const left = async (peer: string) =>
      statesOf((await app.request(path, { ...request, peer })).headers)[policy]?.[0] ?? Number.NaN;
    const first = await left("2001:db8:5:6::1");
    expect(await left("2001:db8:5:6:ffff::2")).toBe(first - 1);
    expect(await left("2001:db8:5:7::1")).toBeGreaterThanOrEqual(first);
  });
});

describe("a sign-in of a browser", () => {
  it("is told to come back while too many passwords are being checked", async () => {
    const busy = new ServiceError("unavailable", "Too many.", { retryAfterSeconds: 5 });
    const passwords = { ...deps.base.passwords, verify: () => Promise.reject(busy), hash: () => Promise.reject(busy) };
    const { publicUrl } = deps.base.settings;
    const browserSignIn = createBrowserSignIn({ ...deps.base, passwords, publicUrl, logger: deps.logger });
    const crowded = createApp({ ...deps, browserSignIn });
    const body = JSON.stringify({ email: "busy@example.org", password: "nine lanterns over" });
    const headers = { "content-type": "application/json", origin: publicUrl };
    const init = { method: "POST", body, headers };
    const answer = await crowded.request("/api/auth/sign-in/email", init, { peerAddress: "198.51.100.8" });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
  });
});

describe("two processes over one database", () => {
  it("let no more pass together than the limit, and at least nine tenths of it", async () => {
    const db = await app.test.openAgain();
    const second = createApp({ ...deps, base: { ...deps.base, db } });
    const { secret } = await addKey(app.test, owner, ["bots:read"]);
    const ask = async (count: number): Promise<number> => {
      if (count % 2 === 0) return (await app.request("/api/bots", { key: secret })).status;
      const env = { peerAddress: "198.51.100.7" };
      return (await second.request("/api/bots", { headers: { "x-api-key": secret } }, env)).status;
    };
    const statuses: number[] = [];
    // In waves: a wait for the write lock that is too long for one of them would be another matter.
    for (let wave = 0; wave < 30; wave++)
      statuses.push(...(await Promise.all(Array.from({ length: 10 }, (_, count) => ask(count)))));
    const passed = statuses.filter((status) => status === 200).length;
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(passed).toBeLessThanOrEqual(200);
    expect(passed).toBeGreaterThanOrEqual(180);
  });
});

describe("session tokens of one key", () => {
  it("share one quota at the session as well", async () => {
    const { secret: key } = await addKey(app.test, owner, ["session:read", "session:plain", "session:token"]);
    const botId = await addBot(app.test, owner.user);
    await linkBot(app.test, botId);
    const path = `/api/bots/${botId}/session`;
    const tokens: string[] = [];
    for (let count = 0; count < 2; count++) tokens.push((await app.request(path, { key, json: {} })).body.token);
    const left: (number | undefined)[] = [];
    for (const bearer of tokens) left.push(statesOf((await app.request(path, { bearer })).headers).session?.[0]);
    expect(left).toEqual([119, 118]);
  });
});
