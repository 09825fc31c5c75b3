import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let key: string;
let path: string;
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
  key = (await addKey(app.test, owner, ["blocking:read", "blocking:write"])).secret;
  path = `/api/bots/${await addBot(app.test, owner.user)}/call-blocking`;
});
afterAll(() => app.dispose());

const patch = (json: object) => app.request(path, { method: "PATCH", key, json });
const put = (json: object) => app.request(path, { method: "PUT", key, json });

it("is off with the documented defaults until somebody turns it on", async () => {
  expect((await app.request(path, { key })).body).toMatchObject({
    enabled: false,
    mode: "enforce",
    dailyLimit: 3,
    limitWindow: "calendar-day",
    timeZone: "UTC",
    blockType: "temporary",
    blockHours: 24,
    autoReply: { text: "" },
    defaultAction: "ring",
    groupCalls: "ignore",
    videoCalls: "as-voice",
    countAnswered: true,
    replyCaps: { perCallerPerHour: 5, perBotPerMinute: 20, strangersPerDay: 50 },
  });
});

it("changes what PATCH names, and everything with PUT", async () => {
  await patch({ enabled: true, dailyLimit: 7 });
  expect((await patch({ blockHours: 1 })).body).toMatchObject({ enabled: true, dailyLimit: 7, blockHours: 1 });
  expect((await put({ enabled: true })).body).toMatchObject({ enabled: true, dailyLimit: 3, blockHours: 24 });
});

it("takes null for no limit, and never zero", async () => {
  expect((await patch({ dailyLimit: null })).body.dailyLimit).toBeNull();
  expect(await patch({ dailyLimit: 0 })).toMatchObject({ status: 422, body: { errors: [{ path: "dailyLimit" }] } });
});

it("refuses a change made from a version that is no longer there", async () => {
  const { body } = await app.request(path, { key });
  expect((await patch({ version: body.version, blockHours: 2 })).status).toBe(200);
  for (const send of [patch, put]) {
    const stale = await send({ version: body.version, blockHours: 3 });
    expect(stale).toMatchObject({ status: 409, body: { code: "version-conflict" } });
  }
});

it("takes the answer of GET as a body of PUT", async () => {
  const { body } = await app.request(path, { key });
  expect((await put(body)).status).toBe(200);
});

it.each([
  [{ enabled: true, colour: "red" }, "colour"],
  [{ autoReply: { text: "x".repeat(1_001) } }, "autoReply.text"],
  [{ replyCaps: { perHour: 1 } }, "replyCaps.perHour"],
  [{ timeZone: "Mars/Base" }, "timeZone"],
  [{ blockHours: 8_761 }, "blockHours"],
])("refuses %j by the name of its field", async (json, field) => {
  expect(await patch(json)).toMatchObject({ status: 422, body: { errors: [{ path: field }] } });
});

it("is read with blocking:read and changed with blocking:write", async () => {
  const reader = (await addKey(app.test, owner, ["blocking:read"])).secret;
  expect((await app.request(path, { key: reader })).status).toBe(200);
  const refused = await app.request(path, { method: "PATCH", key: reader, json: { enabled: false } });
  expect(refused).toMatchObject({ status: 403, body: { requiredScope: "blocking:write" } });
  const writer = (await addKey(app.test, owner, ["blocking:write"])).secret;
  expect((await app.request(path, { key: writer })).status).toBe(403);
});
