import { afterEach, expect, it } from "vitest";
import { createTrpcTest, failureOf, refusalOf, type TrpcTest } from "./support.ts";

const firstAdmin = { name: "Ada", email: "Ada@Example.test", password: "correct horse battery staple" };
const opened: TrpcTest[] = [];

/** An installation that waits for its first admin. */
async function startNew() {
  const code = { text: "setup-code-1" as string | null };
  const setupCode = {
    read: async () => code.text,
    forget: async () => {
      code.text = null;
    },
  };
  const api = await createTrpcTest({ setupCode });
  opened.push(api);
  return { api, code, anybody: api.clientOf(null) };
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((api) => api.dispose()));
});

it("lets the first admin in with the setup code, once", async () => {
  const { api, code, anybody } = await startNew();
  expect(await anybody.setup.status.query()).toEqual({ setUp: false });
  const ada = await anybody.setup.complete.mutate({ ...firstAdmin, code: "setup-code-1" });
  expect(ada).toMatchObject({ name: "Ada", email: "ada@example.test", role: "owner", teamName: "Home" });
  expect(code.text).toBeNull();
  expect(await anybody.setup.status.query()).toEqual({ setUp: true });
  const again = anybody.setup.complete.mutate({ ...firstAdmin, email: "b@example.test", code: "setup-code-1" });
  expect(await refusalOf(again)).toBe("already-set-up");
  const me = await api.clientOf(ada.token).auth.me.query();
  expect(me).toMatchObject({ userId: ada.userId, teamId: ada.teamId, scopes: expect.arrayContaining(["bots:write"]) });
});

it("keeps the code after a wrong one", async () => {
  const { code, anybody } = await startNew();
  expect(await refusalOf(anybody.setup.complete.mutate({ ...firstAdmin, code: "wrong" }))).toBe("forbidden");
  expect(code.text).toBe("setup-code-1");
  expect(await anybody.setup.status.query()).toEqual({ setUp: false });
});

it("refuses every code when this process knows none", async () => {
  const { code, anybody } = await startNew();
  code.text = null;
  expect(await refusalOf(anybody.setup.complete.mutate({ ...firstAdmin, code: "setup-code-1" }))).toBe("forbidden");
});

it("never repeats a password in an error", async () => {
  const { anybody } = await startNew();
  const failure = await failureOf(anybody.setup.complete.mutate({ ...firstAdmin, password: "tooshort", code: "x" }));
  expect(failure).toMatchObject({ code: "validation-failed", errors: [{ path: "password" }] });
  expect(JSON.stringify(failure)).not.toContain("tooshort");
});

it("signs in with the password, and out for good", async () => {
  const { api, anybody } = await startNew();
  await anybody.setup.complete.mutate({ ...firstAdmin, code: "setup-code-1" });
  const { email, password } = firstAdmin;
  const ada = await anybody.auth.signIn.mutate({ email, password, tokenName: "laptop" });
  const client = api.clientOf(ada.token);
  expect((await client.auth.me.query()).name).toBe("Ada");
  await client.auth.signOut.mutate();
  expect(await refusalOf(client.auth.me.query())).toBe("unauthenticated");
});

it("tells a wrong password and an unknown address alike", async () => {
  const { anybody } = await startNew();
  await anybody.setup.complete.mutate({ ...firstAdmin, code: "setup-code-1" });
  const wrong = await failureOf(anybody.auth.signIn.mutate({ email: firstAdmin.email, password: "x" }));
  const unknown = await failureOf(anybody.auth.signIn.mutate({ email: "nobody@example.test", password: "x" }));
  expect(wrong).toMatchObject({ code: "unauthenticated" });
  expect(unknown).toEqual(wrong);
});

it("says how long to wait after too many tries", async () => {
  const { anybody } = await startNew();
  const tries = Array.from({ length: 11 }, () => ({ email: "nobody@example.test", password: "x" }));
  const failures = [];
  for (const input of tries) failures.push(await failureOf(anybody.auth.signIn.mutate(input)));
  expect(failures.at(-1)).toMatchObject({ code: "rate-limited", extra: { retryAfterSeconds: 900 } });
});
