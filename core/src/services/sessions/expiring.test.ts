import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addScreeningBot, eventsOf, type ScreeningBot } from "../../testing/calls.ts";
import { workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { addTokenRows } from "../../testing/tokens.ts";
import { announceExpiringTokens } from "./expiring.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let test: TestContext;
let bot: ScreeningBot;
let serial = 0;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  bot = await addScreeningBot(test);
  serial += 1;
});

const addToken = async (lifeMs: number): Promise<string> => {
  const id = `tok${serial}`;
  await addTokenRows(test, bot, { [id]: lifeMs });
  return id;
};
const announce = (changes = {}) => announceExpiringTokens(workerContext(test, changes));
const told = async () => (await eventsOf(test, bot.botId, "session.token_expiring")).map((event) => event.data);

describe("a session token is told of", () => {
  it.each([
    ["a week", 7 * DAY_MS, 10 * MINUTE_MS],
    ["a hundred minutes", 100 * MINUTE_MS, 10 * MINUTE_MS],
    ["an hour", HOUR_MS, 6 * MINUTE_MS],
    ["a minute", MINUTE_MS, 6 * SECOND_MS],
  ])("before its end, and not a millisecond sooner than it is due: %s", async (_name, lifeMs, noticeMs) => {
    const id = await addToken(lifeMs);
    test.clock.advanceMs(lifeMs - noticeMs - 1);
    expect(await announce()).toBe(0);
    expect(await told()).toEqual([]);
    test.clock.advanceMs(1);
    expect(await announce()).toBe(1);
    expect(await told()).toMatchObject([{ id, status: "active" }]);
  });

  it("once, however often and by however many processes that is looked at", async () => {
    await addToken(HOUR_MS);
    test.clock.advanceMs(HOUR_MS - MINUTE_MS);
    const db = await test.openAgain();
    const counts = await Promise.all([announce(), announce({ db }), announce(), announce({ db })]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await announce()).toBe(0);
    expect(await told()).toHaveLength(1);
  });

  it("never once it is over or revoked", async () => {
    await addTokenRows(test, bot, { over: MINUTE_MS, revoked: 2 * MINUTE_MS });
    test.clock.advanceMs(MINUTE_MS);
    await announce();
    test.clock.advanceMs(MINUTE_MS - 1);
    await announce();
    expect(await told()).toEqual([]);
  });
});
