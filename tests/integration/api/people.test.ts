import { audit } from "@switchboard/db/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const PASSWORD = "paper boats cross the quiet market";
const NEW_PASSWORD = "seven herons wait behind the mill";

let app: TestApp;
let owner: Owner;
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 100_000 } });
  owner = await addOwner(app.test);
});
afterAll(() => app.dispose());

const bearer = () => ({ bearer: owner.token });
const invite = async (email: string, role = "operator") =>
  (await app.request("/api/invitations", { ...bearer(), json: { email, role } })).body;

describe("somebody invited", () => {
  it("comes in, is found, gets another role, resets the password, and leaves", async () => {
    const email = "noor@example.test";
    const invitation = await invite(email);
    expect(invitation).toMatchObject({ status: "open", code: expect.stringMatching(/^sb_inv_/) });
    const json = { code: invitation.code, name: "Noor", password: PASSWORD };
    const joined = await app.request("/api/invitations/accept", { json });
    expect(joined).toMatchObject({ status: 201, body: { email, role: "operator" } });
    expect(joined.headers.get("cache-control")).toContain("no-store");
    const { userId, token } = joined.body;
    expect((await app.request("/api/team", { bearer: token })).body).toMatchObject({ role: "operator" });

    const found = await app.request("/api/users?name=noor&role=operator", bearer());
    expect(found.body).toMatchObject({ items: [{ id: userId, hasOpenTokens: true }], filters: { role: "operator" } });
    const path = `/api/users/${userId}`;
    expect((await app.request(path, { ...bearer(), method: "PATCH", json: { role: "viewer" } })).status).toBe(200);
    expect((await app.request("/api/team", { bearer: token })).body).toMatchObject({ role: "viewer" });

    const reset = await app.request(`${path}/password-reset`, { ...bearer(), method: "POST" });
    expect(reset.status).toBe(201);
    const change = { code: reset.body.code, newPassword: NEW_PASSWORD };
    const answers = [await app.request("/api/password-reset", { json: change })];
    answers.push(await app.request("/api/password-reset", { json: change }));
    expect(answers.map(({ status }) => status)).toEqual([204, 404]);
    expect((await app.request("/api/team", { bearer: token })).status).toBe(401);
    const signIn = (password: string) => app.request("/api/sign-in", { json: { email, password } });
    expect((await signIn(PASSWORD)).status).toBe(401);
    expect((await signIn(NEW_PASSWORD)).status).toBe(200);

    expect((await app.request(path, { ...bearer(), method: "DELETE" })).status).toBe(204);
    expect((await app.request(path, bearer())).status).toBe(404);
    expect((await signIn(NEW_PASSWORD)).status).toBe(401);
    const told = JSON.stringify([app.logLines, await app.test.db.reader.select().from(audit)]);
    for (const secret of [invitation.code, reset.body.code, PASSWORD, NEW_PASSWORD]) expect(told).not.toContain(secret);
  });
});

describe("a code", () => {
  it("that opens nothing is answered with the same bytes whatever it is", async () => {
    const used = await invite("used@example.test");
    await app.request("/api/invitations/accept", { json: { code: used.code, name: "U", password: PASSWORD } });
    const revoked = await invite("revoked@example.test");
    await app.request(`/api/invitations/${revoked.id}`, { ...bearer(), method: "DELETE" });
    const open = await invite("open@example.test");
    const codes = [used.code, revoked.code, open.code.replace("inv", "rst"), "x", open.code.slice(0, -1)];
    const texts = await Promise.all(
      codes.map(async (code) => {
        const answer = await app.request("/api/invitations/accept", { json: { code, name: "E", password: PASSWORD } });
        return `${answer.status} ${answer.text.replaceAll(answer.body.requestId, "*")}`;
      }),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toMatch(/^404 /);
  });

  it("is told as used up tries in the fields of quotas, and refused when they are", async () => {
    const peer = "192.0.2.77";
    const guess = () => app.request("/api/password-reset", { peer, json: { code: "x", newPassword: NEW_PASSWORD } });
    for (let count = 0; count < 20; count++) expect((await guess()).status).toBe(404);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("ratelimit")).toContain('"one-time-codes-address";r=0');
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("a password that is soon guessed", () => {
  it("is refused with a sentence wherever one is set, and uses no code up", async () => {
    const weak = "passwordpassword";
    const invitation = await invite("weak@example.test");
    const user = { name: "Lin", email: "lin@example.test", role: "viewer" };
    const made = await app.request("/api/users", { ...bearer(), json: { ...user, password: PASSWORD } });
    const reset = await app.request(`/api/users/${made.body.id}/password-reset`, { ...bearer(), method: "POST" });
    const accept = { code: invitation.code, name: "W", password: weak };
    const answers = [
      await app.request("/api/users", { ...bearer(), json: { ...user, email: "l@example.test", password: weak } }),
      await app.request("/api/invitations/accept", { json: accept }),
      await app.request("/api/password-reset", { json: { code: reset.body.code, newPassword: weak } }),
    ];
    const paths = answers.map(({ status, body }) => [status, body.errors[0].path]);
    expect(paths).toEqual([
      [422, "password"],
      [422, "password"],
      [422, "newPassword"],
    ]);
    for (const { body } of answers) expect(body.errors[0].message).toContain("Use a sentence");
    const good = { ...accept, password: PASSWORD };
    expect((await app.request("/api/invitations/accept", { json: good })).status).toBe(201);
  });
});

describe("what is not for everybody", () => {
  const admins = ["GET /api/users", "GET /api/invitations", "POST /api/users", "POST /api/invitations"];

  it.each(admins)("%s is refused below admin and to every key", async (call) => {
    const [method = "", path = ""] = call.split(" ");
    const valid = { email: "x@example.test", role: "viewer" };
    const json = path.endsWith("users") ? { ...valid, name: "X", password: PASSWORD } : valid;
    const request = method === "GET" ? { method } : { method, json };
    for (const role of ["operator", "viewer"] as const) {
      const token = await addMemberToken(app.test, owner, role);
      expect((await app.request(path, { ...request, bearer: token })).status).toBe(403);
    }
    const { secret } = await addKey(app.test, owner, ["bots:read", "bots:write", "audit:read"]);
    expect((await app.request(path, { ...request, key: secret })).status).toBe(403);
  });

  it("an unknown field is refused, also one that a change of role could be smuggled in by", async () => {
    const token = await addMemberToken(app.test, owner, "viewer");
    const { body } = await app.request("/api/me", { bearer: token });
    const own = `/api/users/${body.userId}`;
    const change = (json: object) => app.request(own, { method: "PATCH", bearer: token, json });
    expect((await change({ name: "V" })).status).toBe(200);
    expect((await change({ name: "V", teamId: "x" })).status).toBe(422);
    expect((await change({ name: "V", role: "owner" })).status).toBe(403);
    expect((await change({})).status).toBe(422);
  });

  it("the last owner can neither leave nor step down", async () => {
    const other = await addOwner(app.test);
    const own = `/api/users/${other.user.userId}`;
    const { token } = other;
    const answers = [
      await app.request(own, { method: "DELETE", bearer: token }),
      await app.request(own, { method: "PATCH", bearer: token, json: { role: "admin" } }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [409, "conflict"],
      [409, "conflict"],
    ]);
  });
});

describe("teams", () => {
  it("are made beside one's own, listed, and the one acted in is renamed", async () => {
    app.test.clock.advanceMs(1);
    const made = await app.request("/api/teams", { ...bearer(), json: { name: "Night shift" } });
    expect(made).toMatchObject({ status: 201, body: { role: "owner", current: false } });
    const renamed = await app.request("/api/team", { ...bearer(), method: "PATCH", json: { name: "Day shift" } });
    expect(renamed.body).toMatchObject({ name: "Day shift", current: true });
    const { items } = (await app.request("/api/teams", bearer())).body;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["Day shift", "Night shift"]);
  });
});
