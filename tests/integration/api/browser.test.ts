import { audit, userSessions } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addOwner } from "./support/credentials.ts";
import { createTestApp, type TestApp, type TestRequest } from "./support/test-app.ts";

const EMAIL = "ada@example.org";
const PASSWORD = "a sentence is easy to remember";
const HOUR_MS = 3_600_000;
/** The origin of the test installation. */
const ORIGIN = "http://127.0.0.1:8787";

let app: TestApp;
let apiToken: string;
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 10_000 } });
  const code = await app.setupCode.ensure();
  const { body } = await app.request("/api/setup", { json: { code, name: "Ada", email: EMAIL, password: PASSWORD } });
  apiToken = body.token;
});
afterAll(() => app.dispose());

const signIn = (json: object = {}, headers: Record<string, string> = { origin: ORIGIN }) =>
  app.request("/api/auth/sign-in/email", { json: { email: EMAIL, password: PASSWORD, ...json }, headers });
const cookieOf = (answer: { headers: Headers }) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
const newCookie = async () => cookieOf(await signIn());
const me = (headers: Record<string, string>) => app.request("/trpc/auth.me", { headers });
const newBot = (request: TestRequest) =>
  app.request("/trpc/bots.create", { json: { json: { name: crypto.randomUUID() } }, ...request });

/** The auth library goes by the machine's clock, so the test's is set to the same for a while. */
async function atRealTime(work: () => Promise<void>) {
  const beforeMs = app.test.clock.nowMs();
  app.test.clock.setMs(Date.now());
  try {
    await work();
  } finally {
    app.test.clock.setMs(beforeMs);
  }
}

/** The token in a cookie, which names the row of its sign-in. */
const tokenOf = (cookie: string) => decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1)).split(".")[0] ?? "";
/** Changes the row behind a cookie, as if time had passed since. */
const age = (cookie: string, changes: { createdAt?: Date; updatedAt?: Date; expiresAt?: Date }) =>
  app.test.db.write(async (tx) => {
    await tx
      .update(userSessions)
      .set(changes)
      .where(eq(userSessions.token, tokenOf(cookie)));
  });
const rowOf = async (cookie: string) =>
  (
    await app.test.db.reader
      .select()
      .from(userSessions)
      .where(eq(userSessions.token, tokenOf(cookie)))
  )[0];
/** Calls a mutation as a page of ours does. */
const mutate = (name: string, cookie: string, input: object) =>
  app.request(`/trpc/${name}`, { json: { json: input }, headers: { cookie, origin: ORIGIN } });

describe("a sign-in by cookie", () => {
  it("is kept from scripts and other sites, and acts as its person on /trpc", async () => {
    const answer = await signIn();
    expect(answer.status).toBe(200);
    for (const cookie of answer.headers.getSetCookie()) {
      expect(cookie).toMatch(/; HttpOnly/i);
      expect(cookie).toMatch(/; SameSite=Lax/i);
      expect(cookie).toMatch(/; Path=\//i);
    }
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const found = await me({ cookie: cookieOf(answer) });
    expect(found).toMatchObject({ status: 200, body: { result: { data: { json: { email: EMAIL, role: "owner" } } } } });
    expect(found.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("is nothing on REST", async () => {
    const cookie = await newCookie();
    for (const path of ["/api/bots", "/api/me", "/api/keys"])
      expect((await app.request(path, { headers: { cookie, origin: ORIGIN } })).status).toBe(401);
  });

  it("is only for https where the installation is reached over it", async () => {
    const publicUrl = "https://sb.example.org";
    const { createBrowserSignIn } = await import("../../../api/src/deps/browser-sign-in.ts");
    const secure = await createTestApp({
      deps: (deps) => ({
        ...deps,
        base: { ...deps.base, settings: { ...deps.base.settings, publicUrl } },
        browserSignIn: createBrowserSignIn({ ...deps.base, publicUrl, logger: deps.logger }),
      }),
    });
    const code = await secure.setupCode.ensure();
    await secure.request("/api/setup", { json: { code, name: "Ada", email: EMAIL, password: PASSWORD } });
    const json = { email: EMAIL, password: PASSWORD };
    const answer = await secure.request("/api/auth/sign-in/email", { json, headers: { origin: publicUrl } });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Secure-.*; Secure/i);
    await secure.dispose();
  });

  it("ends at once when it is signed out", async () => {
    const cookie = await newCookie();
    const headers = { cookie, origin: ORIGIN };
    expect((await app.request("/api/auth/sign-out", { method: "POST", headers, json: {} })).status).toBe(200);
    expect((await me({ cookie })).status).toBe(401);
  });

  it("ends after twelve hours, however much it is used", async () => {
    const cookie = await newCookie();
    const beganAgo = (ms: number) => age(cookie, { createdAt: new Date(app.test.clock.nowMs() - ms) });
    await atRealTime(async () => {
      const told = () => app.request("/api/auth/get-session", { headers: { cookie } });
      await beganAgo(12 * HOUR_MS - 1);
      expect((await me({ cookie })).status).toBe(200);
      expect((await told()).body).toMatchObject({ user: { email: EMAIL } });
      await beganAgo(12 * HOUR_MS);
      expect((await me({ cookie })).status).toBe(401);
      expect(await told()).toMatchObject({ status: 200, body: null });
    });
  });

  it.each([true, false])(
    "ends after half an hour without use, whether it is to be remembered: %s",
    async (rememberMe) => {
      const cookie = cookieOf(await signIn({ rememberMe }));
      await atRealTime(async () => {
        expect((await me({ cookie })).status).toBe(200);
        app.test.clock.advanceMs(HOUR_MS / 2);
        expect((await me({ cookie })).status).toBe(401);
      });
    },
  );

  it("that went unused for half an hour does not come back by being used, although the library would prolong it", async () => {
    const cookie = await newCookie();
    await atRealTime(async () => {
      const updatedAt = new Date(app.test.clock.nowMs() - HOUR_MS / 2);
      const expiresAt = new Date(app.test.clock.nowMs() + HOUR_MS / 4);
      await age(cookie, { updatedAt, expiresAt });
      expect((await me({ cookie })).status).toBe(401);
      expect((await app.request("/api/auth/get-session", { headers: { cookie } })).body).toBeNull();
      expect(await rowOf(cookie)).toMatchObject({ updatedAt, expiresAt });
    });
  });

  it.each([true, false])("goes on while it is used, whether it is to be remembered: %s", async (rememberMe) => {
    const cookie = cookieOf(await signIn({ rememberMe }));
    await atRealTime(async () => {
      const usedAt = new Date(app.test.clock.nowMs() - HOUR_MS / 2 + 60_000);
      await age(cookie, { updatedAt: usedAt, expiresAt: new Date(usedAt.getTime() + HOUR_MS / 2) });
      const answer = await me({ cookie });
      expect(answer.status).toBe(200);
      expect((await rowOf(cookie))?.updatedAt.getTime()).toBeGreaterThanOrEqual(app.test.clock.nowMs());
      expect(answer.headers.getSetCookie().length).toBe(rememberMe ? 1 : 0);
      expect((await me({ cookie })).headers.getSetCookie()).toEqual([]);
    });
  });

  it("confirms its password on /trpc, and may then make sensitive changes again", async () => {
    const cookie = await newCookie();
    await atRealTime(async () => {
      await age(cookie, { createdAt: new Date(app.test.clock.nowMs() - HOUR_MS) });
      const makeKey = () => mutate("keys.create", cookie, { name: "key", scopes: ["bots:read"] });
      const refused = { status: 403, body: { error: { json: { data: { code: "confirmation-required" } } } } };
      expect(await makeKey()).toMatchObject(refused);
      expect((await mutate("auth.confirmPassword", cookie, { password: "wrong" })).status).toBe(422);
      expect(await makeKey()).toMatchObject(refused);
      expect((await mutate("auth.confirmPassword", cookie, { password: PASSWORD })).status).toBe(200);
      expect((await makeKey()).status).toBe(200);
    });
  });

  it("is refused on the next request once everything was signed out, and this one too unless it is kept", async () => {
    const [cookie, other] = [await newCookie(), await newCookie()];
    expect((await mutate("auth.signOutEverywhere", cookie, { keepThis: true })).status).toBe(200);
    expect([(await me({ cookie })).status, (await me({ cookie: other })).status]).toEqual([200, 401]);
    expect((await app.request("/api/auth/get-session", { headers: { cookie: other } })).body).toBeNull();
    await mutate("auth.signOutEverywhere", cookie, {});
    expect((await me({ cookie })).status).toBe(401);
    const again = await app.request("/api/sign-in", { json: { email: EMAIL, password: PASSWORD } });
    apiToken = again.body.token;
  });

  it("with a changed signature is nobody", async () => {
    const cookie = await newCookie();
    const at = cookie.indexOf("=") + 3;
    const changed = cookie.slice(0, at) + (cookie[at] === "a" ? "b" : "a") + cookie.slice(at + 1);
    expect((await me({ cookie: changed })).status).toBe(401);
    expect((await app.request("/api/auth/get-session", { headers: { cookie: changed } })).body).toBeNull();
  });

  it("notes the address we saw, not the one the request claims", async () => {
    const peer = "203.0.113.9";
    const headers = { origin: ORIGIN, "x-forwarded-for": "192.0.2.1", "x-switchboard-address": "192.0.2.2" };
    await app.request("/api/auth/sign-in/email", { json: { email: EMAIL, password: PASSWORD }, headers, peer });
    const rows = await app.test.db.reader.select().from(userSessions);
    expect(rows.map((row) => row.ipAddress)).toContain(peer);
    expect(JSON.stringify(rows)).not.toMatch(/192\.0\.2\./);
  });
});

describe("a page of another site", () => {
  it.each([
    ["another origin", { origin: "https://evil.example" }],
    ["another port", { origin: "http://127.0.0.1:9999" }],
    ["no origin", {}],
    ["a null origin", { origin: "null" }],
  ])("cannot act with the cookie: %s", async (_name, origin) => {
    const cookie = await newCookie();
    const answer = await newBot({ headers: { cookie, ...origin } });
    expect(answer).toMatchObject({ status: 403, body: { error: { json: { data: { code: "forbidden" } } } } });
  });

  it("cannot read with it either, where the browser says so", async () => {
    const cookie = await newCookie();
    expect((await me({ cookie, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await me({ cookie, "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  it("cannot sign anybody in or out", async () => {
    expect((await signIn({}, { origin: "https://evil.example" })).status).toBe(403);
    expect((await signIn({}, {})).status).toBe(403);
    const cookie = await newCookie();
    const headers = { cookie, origin: "https://evil.example" };
    expect((await app.request("/api/auth/sign-out", { method: "POST", headers, json: {} })).status).toBe(403);
    expect((await me({ cookie })).status).toBe(200);
  });

  it("of ours, under any name of this machine, acts", async () => {
    const cookie = await newCookie();
    for (const origin of [ORIGIN, "http://localhost:8787", "http://[::1]:8787"])
      expect((await newBot({ headers: { cookie, origin } })).status).toBe(200);
  });
});

describe("a wrong password", () => {
  it("is 401 like an unknown address, and in the audit without either", async () => {
    const wrong = await signIn({ password: "not the password at all" });
    const unknown = await signIn({ email: "eve@example.org" });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(unknown.text).toBe(wrong.text);
    const rows = await app.test.db.reader.select().from(audit).where(eq(audit.outcome, "denied"));
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(rows)).not.toMatch(/example\.org|not the password/);
  });

  it("counts with those of tools: after ten nobody gets in, whichever way", async () => {
    const email = "victim@example.org";
    for (let count = 0; count < 5; count++) expect((await signIn({ email })).status).toBe(401);
    const byTool = () => app.request("/api/sign-in", { json: { email, password: "guess" } });
    for (let count = 0; count < 5; count++) expect((await byTool()).status).toBe(401);
    expect((await byTool()).status).toBe(429);
    expect(await signIn({ email: email.toUpperCase() })).toMatchObject({ status: 429, body: { code: "rate-limited" } });
  });
});

describe("a sign-in sent as a form", () => {
  it.each(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/jsonx"])(
    "as %s is refused, since it would not be counted",
    async (type) => {
      const body = new URLSearchParams({ email: EMAIL, password: PASSWORD }).toString();
      const headers = { origin: ORIGIN, "content-type": type };
      const answer = await app.request("/api/auth/sign-in/email", { method: "POST", headers, body });
      expect(answer).toMatchObject({ status: 415, body: { code: "unsupported-media-type" } });
    },
  );
});

describe("the rest of the auth library", () => {
  it.each([
    ["POST", "sign-up/email"],
    ["POST", "update-user"],
    ["POST", "change-email"],
    ["POST", "delete-user"],
    ["POST", "request-password-reset"],
    ["POST", "reset-password"],
    ["GET", "list-sessions"],
    ["GET", "error"],
    ["GET", "ok"],
    ["GET", "sign-out"],
    ["POST", "sign-in/social"],
    ["POST", "../auth/sign-up/email"],
    ["POST", "sign-in/email/../../sign-up/email"],
  ])("%s %s is not there", async (method, path) => {
    const request = { method, headers: { origin: ORIGIN }, ...(method === "POST" ? { json: {} } : {}) };
    expect((await app.request(`/api/auth/${path}`, request)).status).toBe(404);
  });
});

describe("credentials of tools on /trpc", () => {
  it("personal access tokens act as their person; API keys and session tokens are nobody", async () => {
    expect((await me({ authorization: `Bearer ${apiToken}` })).status).toBe(200);
    const owner = await addOwner(app.test);
    const { secret } = await addKey(app.test, owner, ["bots:read", "bots:write"]);
    for (const headers of [{ "x-api-key": secret }, { authorization: `Bearer ${secret}` }]) {
      expect((await me(headers)).status).toBe(401);
      expect((await newBot({ headers })).status).toBe(401);
    }
    expect((await me({ authorization: "Bearer nonsense" })).status).toBe(401);
  });

  it("a request that is too large is refused before it is read", async () => {
    const answer = await newBot({ bearer: apiToken, json: { json: { name: "x".repeat(70_000) } } });
    expect(answer).toMatchObject({ status: 413, body: { code: "too-large" } });
  });
});
