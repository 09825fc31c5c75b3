import { stat } from "node:fs/promises";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const PASSWORD = "a sentence is easy to remember";

let app: TestApp;
const apps: TestApp[] = [];
beforeEach(async () => {
  app = await createTestApp();
  apps.push(app);
});
afterAll(() => Promise.all(apps.map((used) => used.dispose())));

const setUp = async (changes: object = {}) => {
  const code = await app.setupCode.ensure();
  const json = { code, name: "Ada", email: "Ada@Example.org", password: PASSWORD, ...changes };
  return app.request("/api/setup", { json });
};

describe("setup", () => {
  it("makes the first owner with the code, signs them in, and forgets the code", async () => {
    expect((await app.request("/api/setup")).body).toEqual({ setUp: false });
    const answer = await setUp();
    expect(answer).toMatchObject({ status: 201, body: { role: "owner", email: "ada@example.org", teamName: "Home" } });
    expect((await app.request("/api/me", { bearer: answer.body.token })).body).toMatchObject({ role: "owner" });
    expect((await app.request("/api/setup")).body).toEqual({ setUp: true });
    expect(await app.setupCode.read()).toBeNull();
  });

  it("happens once: the second is refused, with the right code too", async () => {
    await setUp();
    expect(await setUp({ email: "eve@example.org" })).toMatchObject({ status: 409, body: { code: "already-set-up" } });
  });

  it("lets one of many at once through", async () => {
    const answers = await Promise.all(["a", "b", "c", "d"].map((name) => setUp({ email: `${name}@example.org` })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409]);
  });

  it("is refused with a wrong code, and when no code was made", async () => {
    expect(await setUp({ code: "guess" })).toMatchObject({ status: 403, body: { code: "forbidden" } });
    await app.setupCode.forget();
    const json = { code: "guess", name: "Ada", email: "ada@example.org", password: PASSWORD };
    expect((await app.request("/api/setup", { json })).status).toBe(403);
    expect((await app.request("/api/setup")).body).toEqual({ setUp: false });
  });

  it.each([
    [{ password: "too short" }, "password"],
    [{ email: "nobody" }, "email"],
    [{ role: "owner" }, "role"],
  ])("refuses %j and makes nobody", async (changes, path) => {
    expect(await setUp(changes)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
    expect((await app.request("/api/setup")).body).toEqual({ setUp: false });
  });

  it("keeps its code where only the owner of the files reads it, the same one for every process", async () => {
    const [first, second] = await Promise.all([app.setupCode.ensure(), app.setupCode.ensure()]);
    expect(first).toBe(second);
    expect(first).toMatch(/^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
    expect((await stat(app.setupCode.file)).mode & 0o777).toBe(0o600);
  });
});

describe("sign-in", () => {
  const signIn = (json: object) => app.request("/api/sign-in", { json: { email: "ada@example.org", ...json } });

  it("gives a token that acts as the person until it is signed out", async () => {
    await setUp();
    const answer = await signIn({ password: PASSWORD });
    expect(answer).toMatchObject({ status: 200, body: { name: "Ada", role: "owner" } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const bearer = answer.body.token;
    expect((await app.request("/api/me", { bearer })).status).toBe(200);
    expect((await app.request("/api/sign-out", { method: "POST", bearer })).status).toBe(204);
    expect((await app.request("/api/me", { bearer })).status).toBe(401);
  });

  it("tells an unknown address and a wrong password apart in nothing but the request id", async () => {
    await setUp();
    const wrong = await signIn({ password: "wrong" });
    const unknown = await signIn({ email: "eve@example.org", password: "wrong" });
    expect(wrong.status).toBe(401);
    const masked = (answer: typeof wrong) => answer.text.replaceAll(answer.body.requestId, "*");
    expect(masked(unknown)).toBe(masked(wrong));
  });

  it("is refused after ten tries for one address, the right password included, until the window ends", async () => {
    await setUp();
    for (let count = 0; count < 10; count++) expect((await signIn({ password: "wrong" })).status).toBe(401);
    const refused = await signIn({ password: PASSWORD });
    expect(refused).toMatchObject({ status: 429, body: { code: "rate-limited" } });
    app.test.clock.advanceMs(Number(refused.headers.get("retry-after")) * 1_000);
    expect((await signIn({ password: PASSWORD })).status).toBe(200);
  });
});
