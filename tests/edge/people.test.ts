import { completeSetup } from "@switchboard/core/services/identity/complete-setup";
import { setupSchema } from "@switchboard/core/services/identity/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPasswords } from "../../api/src/deps/passwords.ts";
import { createSwitchboardClient } from "../../sdk/client/src/index.ts";
import { createTestApp, type TestAnswer, type TestApp } from "../integration/api/support/test-app.ts";

const ORIGIN = "http://127.0.0.1:8787";
const EMAIL = "ada@example.org";
const PASSWORD = "seven lanterns over a quiet harbour";
const CODE = "a-code-of-the-node-side";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  const ctx = app.test.as({ kind: "anonymous" }, { passwords: createPasswords() });
  const wish = { code: CODE, name: "Ada Example", email: EMAIL, password: PASSWORD, teamName: "Home" };
  await completeSetup(ctx, setupSchema.parse(wish), CODE);
});
afterAll(() => app.dispose());

const signIn = (password: string) =>
  app.request("/api/auth/sign-in/email", { json: { email: EMAIL, password }, headers: { origin: ORIGIN } });
const cookieOf = (answer: TestAnswer): string =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");

describe("somebody whom the node side knows", () => {
  it("signs in with a password that was hashed there, by cookie, and reads over tRPC", async () => {
    const answer = await signIn(PASSWORD);
    expect(answer.status).toBe(200);
    const me = await app.request("/trpc/auth.me", { headers: { cookie: cookieOf(answer) } });
    expect(me).toMatchObject({ status: 200, body: { result: { data: { json: { email: EMAIL, role: "owner" } } } } });
  });

  it("is signed out at once", async () => {
    const headers = { cookie: cookieOf(await signIn(PASSWORD)), origin: ORIGIN };
    expect((await app.request("/api/auth/sign-out", { json: {}, headers })).status).toBe(200);
    expect((await app.request("/trpc/auth.me", { headers })).status).toBe(401);
  });

  it("is told apart from nobody by a wrong password", async () => {
    const wrong = await app.request("/api/sign-in", { json: { email: EMAIL, password: "wrong", tokenName: "t" } });
    const nobody = await app.request("/api/sign-in", {
      json: { email: "b@example.org", password: "x", tokenName: "t" },
    });
    expect(wrong.status).toBe(401);
    expect(wrong.text.replaceAll(wrong.body.requestId, "*")).toBe(nobody.text.replaceAll(nobody.body.requestId, "*"));
  });

  it("follows what happens, from a stream that outlives the call that opened it", async () => {
    const { body } = await app.request("/api/sign-in", { json: { email: EMAIL, password: PASSWORD, tokenName: "t" } });
    const client = createSwitchboardClient({ url: app.url ?? "", token: body.token });
    const { promise: seen, resolve, reject } = Promise.withResolvers<string>();
    const subscription = client.events.follow.subscribe(
      {},
      {
        onData: ({ data }) => {
          if (data.kind === "ready") client.bots.create.mutate({ name: "Front desk" }).catch(reject);
          else resolve(`${data.event.type} ${String(data.event.data.name)}`);
        },
        onError: reject,
      },
    );
    expect(await seen).toBe("bot.state Front desk");
    subscription.unsubscribe();
  });
});

describe("what the edge does not have", () => {
  it.each(["/metrics", "/docs"])("%s is not there", async (path) => {
    expect((await app.request(path, { peer: "127.0.0.1" })).status).toBe(404);
  });

  it("is told by no secret: no line of the log has password, token or cookie", async () => {
    const answer = await signIn(PASSWORD);
    const token = decodeURIComponent(cookieOf(answer)).split("=")[1] ?? "";
    const log = app.logLines.join("\n");
    expect(log).toContain('"route":"/api/auth/*"');
    for (const secret of [PASSWORD, token.split(".")[0] ?? "no token", CODE]) expect(log).not.toContain(secret);
  });
});
