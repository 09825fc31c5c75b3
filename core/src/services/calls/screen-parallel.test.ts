import { blockedContacts } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  eventsOf,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

it("D20: fifty calls at once at the limit make one block and tell of it once", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 3 });
  const phone = uniquePhoneNumber();
  await screenSeveral(test, bot, phone, 3);
  const calls = Array.from({ length: 50 }, () => callFromNumber(test, phone));
  const screened = await Promise.all(calls.map((call) => screen(test, bot, call)));
  expect(screened.filter(({ reason }) => reason === "limit-exceeded")).toHaveLength(1);
  expect(screened.filter(({ reason }) => reason === "blocked-auto")).toHaveLength(49);
  expect(await eventsOf(test, bot.botId, "block.created")).toHaveLength(1);
  const blocks = await test.db.reader.select().from(blockedContacts).where(eq(blockedContacts.botId, bot.botId));
  expect(blocks).toMatchObject([{ hitCount: 49, endedAtMs: null }]);
});

it("F17: never lets more than the limit through, from two openings of one file at once", async () => {
  const other = await test.openAgain();
  const bot = await addScreeningBot(test, { dailyLimit: 2 });
  for (let round = 0; round < 12; round++) {
    const phone = uniquePhoneNumber();
    const calls = Array.from({ length: 8 }, () => callFromNumber(test, phone));
    const screened = await Promise.all(
      calls.map((call, index) => screen(test, bot, call, index % 2 === 0 ? {} : { db: other })),
    );
    const count = (reason: string) => screened.filter((call) => call.reason === reason).length;
    expect([count("default-ring"), count("limit-exceeded"), count("blocked-auto")]).toEqual([2, 1, 5]);
  }
  expect(await eventsOf(test, bot.botId, "block.created")).toHaveLength(12);
  const rows = await callRowsOf(test, bot.botId);
  expect(rows.filter((row) => row.isCounted && (row.windowCount ?? 0) > 2)).toEqual([]);
});
