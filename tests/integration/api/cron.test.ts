import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addKey, addOwner } from "./support/credentials.ts";
import { itMovesTime } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const PATH = "/api/system/cron/cleanup-blocks";
const SECRET = "a-cron-secret-of-some-length";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ settings: { cronSecret: SECRET } });
});
afterAll(() => app.dispose());

itMovesTime("marks blocks that have run out, once, for the secret", async () => {
  const owner = await addOwner(app.test);
  const botId = await addBot(app.test, owner.user);
  const json = { phoneNumber: "+34 600 000 001", hours: 1 };
  await app.request(`/api/bots/${botId}/blocked-contacts`, { bearer: owner.token, json });
  app.test.clock.advanceMs(3_600_000);
  const first = await app.request(PATH, { bearer: SECRET });
  expect(first).toMatchObject({ status: 200, body: { expired: 1, tookMs: expect.any(Number) } });
  expect((await app.request(PATH, { bearer: SECRET })).body.expired).toBe(0);
});

it("is refused to every other credential", async () => {
  const owner = await addOwner(app.test);
  const { secret } = await addKey(app.test, owner, ["bots:write", "blocking:write"]);
  for (const bearer of [secret, owner.token, `${SECRET}x`, SECRET.slice(1)])
    expect(await app.request(PATH, { bearer })).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  expect((await app.request(PATH)).status).toBe(401);
  expect((await app.request(PATH, { key: SECRET })).status).toBe(401);
  expect((await app.request(`${PATH}?secret=${SECRET}`)).status).toBe(401);
});

it("is not run by HEAD", async () => {
  expect((await app.request(PATH, { method: "HEAD", bearer: SECRET })).status).toBe(404);
});

it("is not there without a secret, the same as any address that is not", async () => {
  const closed = await createTestApp();
  const answer = await closed.request(PATH, { bearer: SECRET });
  const nothing = await closed.request("/api/nothing", { bearer: SECRET });
  expect(answer.status).toBe(404);
  expect(answer.text.replaceAll(answer.body.requestId, "*")).toBe(nothing.text.replaceAll(nothing.body.requestId, "*"));
  await closed.dispose();
});
