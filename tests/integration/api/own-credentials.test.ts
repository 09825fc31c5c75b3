import { givePassword } from "@switchboard/core/testing/factories";
import { audit, events } from "@switchboard/db/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp, type TestRequest } from "./support/test-app.ts";

const MINUTE_MS = 60_000;
const PASSWORD = "CANARY lanterns over the old harbour";
const NEW_PASSWORD = "CANARY heron beside wet stones";
const KEY_WISH = { name: "billing", scopes: ["bots:read"] };

let app: TestApp;
let owner: Owner;
let email: string;
/** Every secret that an answer gave, and both passwords. */
const secrets = new Set([PASSWORD, NEW_PASSWORD]);
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 10_000 } });
  owner = await addOwner(app.test);
  email = await givePassword(app.test, owner.user, PASSWORD);
});
afterAll(() => app.dispose());

async function ask(path: string, request: TestRequest = {}) {
  const answer = await app.request(path, { bearer: owner.token, ...request });
  for (const secret of [answer.body?.secret, answer.body?.token]) if (secret) secrets.add(secret);
  return answer;
}
const signIn = async (password = PASSWORD) => (await ask("/api/sign-in", { json: { email, password } })).body.token;
const confirm = (bearer: string, password = PASSWORD) => ask("/api/confirm-password", { bearer, json: { password } });
const statusWith = async (credential: string) => (await app.request("/api/bots", { bearer: credential })).status;
const freshKey = () => addKey(app.test, owner, ["bots:read"]);

describe("an API key", () => {
  it("disabled is 401 at its next request, and works again once enabled", async () => {
    const bearer = await signIn();
    const { id, secret } = await freshKey();
    const patch = (json: object) => ask(`/api/keys/${id}`, { method: "PATCH", bearer, json });
    expect(await patch({ disabled: true })).toMatchObject({ status: 200, body: { status: "disabled" } });
    expect(await statusWith(secret)).toBe(401);
    expect(await patch({ disabled: false })).toMatchObject({ status: 200, body: { status: "active" } });
    expect(await statusWith(secret)).toBe(200);
  });

  it("shows where it was used last", async () => {
    const { id, secret } = await freshKey();
    await app.request("/api/bots", { key: secret, peer: "203.0.113.4", headers: { "user-agent": "orders/2" } });
    const lastUsedAt = new Date(app.test.clock.nowMs()).toISOString();
    const used = { lastUsedAddress: "203.0.113.4", lastUsedUserAgent: "orders/2", lastUsedAt };
    expect(await ask(`/api/keys/${id}`)).toMatchObject({ status: 200, body: used });
  });

  it("works beside its successor through the overlap, and not after", async () => {
    const bearer = await signIn();
    const old = await freshKey();
    const rotated = await ask(`/api/keys/${old.id}/rotate`, { bearer, json: { overlapSeconds: 60 } });
    expect(rotated.status).toBe(201);
    expect(rotated.headers.get("location")).toBe(`/api/keys/${rotated.body.id}`);
    expect(rotated.headers.get("cache-control")).toBe("no-store");
    app.test.clock.advanceMs(MINUTE_MS - 1);
    expect([await statusWith(old.secret), await statusWith(rotated.body.secret)]).toEqual([200, 200]);
    app.test.clock.advanceMs(1);
    expect([await statusWith(old.secret), await statusWith(rotated.body.secret)]).toEqual([401, 200]);
    expect((await ask(`/api/keys/${old.id}/rotate`, { bearer, json: {} })).status).toBe(409);
    expect((await ask(`/api/keys/${old.id}`, { method: "PATCH", bearer, json: { name: "x" } })).status).toBe(409);
  });

  it("is rotated once by many at a time", async () => {
    const bearer = await signIn();
    const { id } = await freshKey();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ask(`/api/keys/${id}/rotate`, { bearer, json: {} })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it.each([
    ["PATCH", "", {}, ""],
    ["PATCH", "", { disabled: "yes" }, "disabled"],
    ["PATCH", "", { name: "x", scopes: ["bots:write"] }, "scopes"],
    ["PATCH", "", { cidrs: ["ten"] }, "cidrs.0"],
    ["PATCH", "", { requestsPerMinute: 6_001 }, "requestsPerMinute"],
    ["POST", "/rotate", { overlapSeconds: 604_801 }, "overlapSeconds"],
    ["POST", "/rotate", { secret: "mine" }, "secret"],
  ])("is not changed by %s %s with %j", async (method, path, json, field) => {
    const { id } = await freshKey();
    const answer = await ask(`/api/keys/${id}${path}`, { method, json, bearer: await signIn() });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: field }] } });
  });

  it("is listed by status, name and bot, which are echoed", async () => {
    const bearer = await signIn();
    const { body: key } = await ask("/api/keys", { bearer, json: { ...KEY_WISH, name: "Very special" } });
    const list = await ask("/api/keys?status=active&name=SPECIAL&limit=5", { bearer });
    expect(list.body).toMatchObject({
      items: [{ id: key.id, prefix: key.prefix }],
      nextCursor: null,
      filters: { status: "active", name: "SPECIAL", limit: 5 },
    });
    expect((await ask("/api/keys?status=gone", { bearer })).status).toBe(422);
  });
});

describe("a recent password", () => {
  it("is asked for after a quarter of an hour, and given with POST /api/confirm-password", async () => {
    const bearer = await signIn();
    const makeKey = () => ask("/api/keys", { bearer, json: KEY_WISH });
    const makeToken = () => ask("/api/tokens", { bearer, json: { name: "laptop" } });
    expect([(await makeKey()).status, (await makeToken()).status]).toEqual([201, 201]);
    app.test.clock.advanceMs(15 * MINUTE_MS);
    for (const refused of [await makeKey(), await makeToken()])
      expect(refused).toMatchObject({ status: 403, body: { code: "confirmation-required" } });
    const wrong = await confirm(bearer, "not my password");
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: "password" }] } });
    expect((await makeKey()).status).toBe(403);
    const confirmed = await confirm(bearer);
    const confirmedUntil = new Date(app.test.clock.nowMs() + 15 * MINUTE_MS).toISOString();
    expect(confirmed).toMatchObject({ status: 200, body: { confirmedUntil } });
    expect([(await makeKey()).status, (await makeToken()).status]).toEqual([201, 201]);
  });

  it("is no cookie's to give on REST, nor an API key's", async () => {
    const json = { password: PASSWORD };
    expect((await app.request("/api/confirm-password", { json, headers: { cookie: "x=y" } })).status).toBe(401);
    expect((await confirm((await freshKey()).secret)).status).toBe(403);
  });

  it("cannot be guessed: the tries of a person end, whatever the token; sign-ins go on", async () => {
    app.test.clock.advanceMs(15 * MINUTE_MS);
    const bearer = await signIn();
    for (let count = 0; count < 10; count++) expect((await confirm(bearer, `guess ${count}`)).status).toBe(422);
    const refused = await confirm(bearer);
    expect(refused).toMatchObject({ status: 429, body: { code: "rate-limited" } });
    expect((await confirm(await signIn())).status).toBe(429);
    app.test.clock.advanceMs(Number(refused.headers.get("retry-after")) * 1_000);
    expect((await confirm(bearer)).status).toBe(200);
  });
});

describe("personal access tokens", () => {
  it("are made, listed and ended by their person", async () => {
    const bearer = await signIn();
    const made = await ask("/api/tokens", { bearer, json: { name: "laptop", expiresInDays: 1 } });
    expect(made).toMatchObject({ status: 201, body: { name: "laptop", status: "active", userId: owner.user.userId } });
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(await statusWith(made.body.token)).toBe(200);
    const list = await ask("/api/tokens?limit=200", { bearer });
    expect(list.body.items.filter((item: { current: boolean }) => item.current)).toHaveLength(1);
    expect(list.text).not.toContain(made.body.token);
    const end = () => ask(`/api/tokens/${made.body.id}`, { method: "DELETE", bearer });
    expect(await end()).toMatchObject({ status: 200, body: { status: "revoked" } });
    expect((await end()).status).toBe(200);
    expect(await statusWith(made.body.token)).toBe(401);
  });

  it("of others are not found, but for admins", async () => {
    const bearer = await signIn();
    const { id } = (await ask("/api/tokens", { bearer, json: { name: "mine" } })).body;
    const viewer = await addMemberToken(app.test, owner, "viewer");
    const admin = await addMemberToken(app.test, owner, "admin");
    const stranger = await addOwner(app.test);
    const end = async (token: string) => (await ask(`/api/tokens/${id}`, { method: "DELETE", bearer: token })).status;
    expect([await end(viewer), await end(stranger.token), await end(admin)]).toEqual([404, 404, 403]);
    const ofOwner = `/api/tokens?userId=${owner.user.userId}`;
    const listed = async (token: string) => (await ask(ofOwner, { bearer: token })).status;
    expect([await listed(viewer), await listed(stranger.token), await listed(admin)]).toEqual([403, 404, 200]);
  });
});

describe("sign-out everywhere", () => {
  it("ends this token and all others, and tells how many", async () => {
    const person = await addOwner(app.test);
    const others = await addMemberToken(app.test, person, "viewer");
    const ended = await ask("/api/sign-out-everywhere", { bearer: person.token, json: {} });
    expect(ended).toMatchObject({ status: 200, body: { signIns: 0, tokens: 1 } });
    expect([await statusWith(person.token), await statusWith(others)]).toEqual([401, 200]);
  });
});

describe("a change of password", () => {
  it("is refused for a weak one, and lets in with the new one only", async () => {
    const bearer = await signIn();
    const change = (newPassword: string) =>
      ask("/api/password", { bearer, json: { currentPassword: PASSWORD, newPassword } });
    expect(await change("too short")).toMatchObject({ status: 422, body: { errors: [{ path: "newPassword" }] } });
    expect(await change(NEW_PASSWORD)).toMatchObject({ status: 200, body: { signIns: 0, tokens: 0 } });
    expect((await ask("/api/sign-in", { json: { email, password: PASSWORD } })).status).toBe(401);
    expect(await statusWith(await signIn(NEW_PASSWORD))).toBe(200);
  });
});

it("no secret of all this is in the log, the events or the audit", async () => {
  expect(secrets.size).toBeGreaterThan(10);
  const { reader } = app.test.db;
  const rows = JSON.stringify([await reader.select().from(events), await reader.select().from(audit)]);
  const text = rows + app.logLines.join("\n");
  for (const secret of secrets) expect(text).not.toContain(secret.slice(-49));
});
