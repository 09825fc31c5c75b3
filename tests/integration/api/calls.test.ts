import {
  addScreeningBot,
  callFromNumber,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "@switchboard/core/testing/calls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, type Owner } from "./support/credentials.ts";
import { itMovesTime } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let bot: ScreeningBot;
let path: string;
let key: string;
const phone = uniquePhoneNumber();
beforeAll(async () => {
  app = await createTestApp();
  // So that the calls are of one window at any time of day, and in the past by the machine's clock as well.
  bot = await addScreeningBot(app.test, { limitWindow: "rolling-24h" });
  app.test.clock.advanceMs(-5 * 60_000);
  path = `/api/bots/${bot.botId}`;
  const owner: Owner = { user: bot.owner, token: "" };
  key = (await addKey(app.test, owner, ["calls:read", "calls:write", "blocking:read"])).secret;
  await screenSeveral(app.test, bot, phone, 5);
});
afterAll(() => app.dispose());

describe("the history of calls", () => {
  it("has every call once, the latest first, with the statistics of the same time and its filters", async () => {
    const answer = await app.request(`${path}/calls`, { key });
    expect(answer.status).toBe(200);
    expect(answer.body.items.map((call: { outcome: string }) => call.outcome)).toEqual([
      "blocked",
      "blocked",
      "allowed",
      "allowed",
      "allowed",
    ]);
    expect(answer.body.statistics).toMatchObject({ total: 5, byOutcome: { allowed: 3, blocked: 2 } });
    expect(answer.body.filters).toMatchObject({ outcome: null });
  });

  it("is filtered and paged", async () => {
    const first = await app.request(`${path}/calls?outcome=allowed&limit=2`, { key });
    expect(first.body.items).toHaveLength(2);
    expect(first.body.filters).toMatchObject({ outcome: "allowed" });
    const rest = await app.request(`${path}/calls?outcome=allowed&limit=2&cursor=${first.body.nextCursor}`, { key });
    expect(rest.body).toMatchObject({ items: [{ outcome: "allowed" }], nextCursor: null });
  });

  it.each(["outcome=happy", "from=yesterday", "kind=smoke", "caller=abc", "limit=500", "colour=red", "cursor=!"])(
    "refuses ?%s",
    async (query) => {
      expect((await app.request(`${path}/calls?${query}`, { key })).status).toBe(422);
    },
  );

  it("tells the numbers alone, which no call id can hide", async () => {
    expect((await app.request(`${path}/calls/statistics`, { key })).body).toMatchObject({ total: 5 });
    const backwards = "from=2025-03-02T00:00:00Z&to=2025-03-01T00:00:00Z";
    expect((await app.request(`${path}/calls/statistics?${backwards}`, { key })).status).toBe(422);
  });
});

describe("a call", () => {
  it("tells the way its decision took", async () => {
    const { body } = await app.request(`${path}/calls?limit=1`, { key });
    const [{ id, trace }] = body.items;
    expect(await app.request(`${path}/calls/${id}`, { key })).toMatchObject({ status: 200, body: { id, trace } });
    for (const unknown of ["call_x", "call_01jnzyt6g0zzzzzzzzzzzzzzzz"])
      expect((await app.request(`${path}/calls/${unknown}`, { key })).status).toBe(404);
  });

  itMovesTime("is rejected while it rings, and not afterwards", async () => {
    await screen(app.test, bot, callFromNumber(app.test, uniquePhoneNumber()));
    const { body } = await app.request(`${path}/calls?limit=1`, { key });
    const reject = () => app.request(`${path}/calls/${body.items[0].id}/reject`, { method: "POST", key });
    expect(await reject()).toMatchObject({ status: 202, body: { commandId: expect.stringMatching(/^cmd_/) } });
    app.test.clock.advanceMs(121_000);
    expect(await reject()).toMatchObject({ status: 409, body: { code: "call-ended" } });
  });
});

describe("a caller's limit", () => {
  it("is told in Meta's words, for a number in any form, and for nobody yet", async () => {
    const answer = await app.request(`${path}/limits/${encodeURIComponent(`+${phone}`)}`, { key });
    expect(answer).toMatchObject({
      status: 200,
      body: { max_allowed: 3, time_period: "PT24H", block: { active: true } },
    });
    expect((await app.request(`${path}/limits/${phone}`, { key })).body).toEqual(answer.body);
    const nobody = await app.request(`${path}/limits/34699999999`, { key });
    expect(nobody.body).toMatchObject({ current_usage: 0, max_allowed: 3, block: null });
    expect((await app.request(`${path}/limits/hello`, { key })).status).toBe(422);
  });
});
