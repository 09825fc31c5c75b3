import { afterAll, beforeAll, expect, it } from "vitest";
import { block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromLid,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniqueLid,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { apiKeyActor } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { liftBlock } from "../blocks/lift-block.ts";
import { restoreBlock } from "../blocks/restore-block.ts";
import { getLimit } from "./get-limit.ts";
import { limitSchema } from "./schemas.ts";

const DAY_MS = 86_400_000;

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const limitOf = (bot: ScreeningBot, caller: string) => getLimit(test.as(bot.owner), { botId: bot.botId, caller });
const instant = (atMs: number) => new Date(atMs).toISOString();

it("tells what a caller has used of the calendar day, and when the day ends in the bot's zone", async () => {
  test.clock.setMs(Date.UTC(2025, 2, 10, 12));
  const bot = await addScreeningBot(test, { timeZone: "Asia/Riyadh" });
  const phone = uniquePhoneNumber();
  await screenSeveral(test, bot, phone, 2);
  const limit = await limitOf(bot, `+${phone}`);
  expect(limitSchema.strict().parse(limit)).toEqual(limit);
  expect(limit).toMatchObject({
    current_usage: 2,
    max_allowed: 3,
    time_period: "P1D",
    limit_expiration_time: "2025-03-10T21:00:00.000Z",
    caller: { phoneNumber: phone, lid: null },
    block: null,
  });
});

it("tells of the last 24 hours when the first call leaves them", async () => {
  const bot = await addScreeningBot(test, { limitWindow: "rolling-24h" });
  const phone = uniquePhoneNumber();
  const firstMs = test.clock.nowMs() + 60_000 - 500;
  await screenSeveral(test, bot, phone, 2);
  const limit = await limitOf(bot, phone);
  expect(limit).toMatchObject({
    current_usage: 2,
    time_period: "PT24H",
    limit_expiration_time: instant(firstMs + DAY_MS),
  });
  test.clock.setMs(firstMs + DAY_MS);
  expect(await limitOf(bot, phone)).toMatchObject({ current_usage: 1 });
});

it("shows the block of a caller over the limit, nothing used since, and no block once it is over, unmarked as it is", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1 });
  const phone = uniquePhoneNumber();
  const [, blocked] = await screenSeveral(test, bot, phone, 2);
  expect(await limitOf(bot, phone)).toMatchObject({ current_usage: 0, block: { id: blocked?.blockId, active: true } });
  test.clock.advanceMs(DAY_MS);
  expect(await limitOf(bot, phone)).toMatchObject({ current_usage: 0, limit_expiration_time: null, block: null });
});

it("forgets what was used before the end of a block that nobody has marked yet", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1, blockHours: 1, limitWindow: "rolling-24h" });
  const phone = uniquePhoneNumber();
  const [, blocked] = await screenSeveral(test, bot, phone, 2);
  const contact = { botId: bot.botId, contactId: blocked?.blockId ?? "" };
  await liftBlock(test.as(bot.owner), contact);
  await screenSeveral(test, bot, phone, 1);
  await restoreBlock(test.as(bot.owner), contact);
  expect(await limitOf(bot, phone)).toMatchObject({ current_usage: 1 });
  test.clock.advanceMs(3_600_000);
  expect(await limitOf(bot, phone)).toMatchObject({ current_usage: 0, block: null });
});

it("finds a caller by LID and by id, and knows nothing of somebody who never called", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: null });
  const lid = uniqueLid();
  await screen(test, bot, callFromLid(test, lid));
  const byLid = await limitOf(bot, `${lid}@lid`);
  expect(byLid).toMatchObject({ current_usage: 1, max_allowed: null, caller: { lid } });
  expect(await limitOf(bot, byLid.caller.id ?? "")).toEqual(byLid);
  const nobody = uniquePhoneNumber();
  const unknown = { current_usage: 0, caller: { id: null, phoneNumber: nobody, lid: null }, block: null };
  expect(await limitOf(bot, nobody)).toMatchObject(unknown);
});

it("refuses what is no number, unknown ids, other teams and keys without the scope", async () => {
  const bot = await addScreeningBot(test);
  const other = await addScreeningBot(test);
  const { contact } = await block(test, other, { phoneNumber: uniquePhoneNumber() });
  await expect(limitOf(bot, "0612")).rejects.toMatchObject({ code: "validation-failed" });
  await expect(limitOf(bot, contact.id.replace("blk_", "clr_"))).rejects.toMatchObject({ code: "not-found" });
  const foreign = getLimit(test.as(bot.owner), { botId: other.botId, caller: "34600000000" });
  await expect(foreign).rejects.toMatchObject({ code: "not-found" });
  const key = test.as(apiKeyActor(bot.owner.teamId, ["calls:read"]));
  const unscoped = getLimit(key, { botId: bot.botId, caller: "34600000000" });
  await expect(unscoped).rejects.toMatchObject({ code: "scope-missing" });
});
