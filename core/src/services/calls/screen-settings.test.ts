import { blockedContacts } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { setScreening } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const reasons = (screened: readonly { reason: string }[]) => screened.map(({ reason }) => reason);
const ring = (bot: ScreeningBot, phone: string, changes = {}) =>
  screen(test, bot, callFromNumber(test, phone, changes));
const blocksOf = (bot: ScreeningBot) =>
  test.db.reader.select().from(blockedContacts).where(eq(blockedContacts.botId, bot.botId));

it("A9, D24: touches nothing while off, logs the call, and does not enforce blocks", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1 });
  const phone = uniquePhoneNumber();
  await screenSeveral(test, bot, phone, 2);
  await setScreening(test, bot.botId, { isEnabled: false });
  expect(await ring(bot, phone)).toMatchObject({ outcome: "observed", reason: "not-enabled", act: "none" });
  expect(await callRowsOf(test, bot.botId)).toHaveLength(3);
});

it("D24: records what it would have done in monitor mode, and does nothing", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1, mode: "monitor" });
  const phone = uniquePhoneNumber();
  const screened = await screenSeveral(test, bot, phone, 2);
  expect(screened[1]).toMatchObject({ outcome: "observed", reason: "monitor", act: "none", replyText: null });
  const rows = await callRowsOf(test, bot.botId);
  expect(rows[1]?.would).toMatchObject({ outcome: "blocked", reason: "limit-exceeded", act: "reject-and-reply" });
  expect(await blocksOf(bot)).toEqual([]);
});

it("D26: a change applies to the next call, and running blocks keep their end", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1 });
  const phone = uniquePhoneNumber();
  await screenSeveral(test, bot, phone, 2);
  const [before] = await blocksOf(bot);
  await setScreening(test, bot.botId, { dailyLimit: 100, blockHours: 1, blockType: "permanent" });
  expect((await ring(bot, phone)).reason).toBe("blocked-auto");
  expect((await blocksOf(bot))[0]?.expiresAtMs).toBe(before?.expiresAtMs);
});

it.each([
  ["ring", "none"],
  ["reject", "reject"],
  ["reject-and-reply", "reject-and-reply"],
] as const)("D9, A10: does with a call under the limit what the default action %s says", async (defaultAction, act) => {
  const bot = await addScreeningBot(test, { defaultAction });
  expect((await ring(bot, uniquePhoneNumber())).act).toBe(act);
});

it("D4: logs group calls, counts none, and answers a rejected one to the person only", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1, groupReplyText: "No groups." });
  const phone = uniquePhoneNumber();
  const group = { kind: "group", groupJid: "1203630@g.us" } as const;
  expect(await ring(bot, phone, group)).toMatchObject({ reason: "group-ignored", act: "none" });
  await setScreening(test, bot.botId, { groupCalls: "reject" });
  const rejected = await ring(bot, phone, group);
  expect(rejected).toMatchObject({ reason: "group-rejected", replyText: "No groups." });
  expect(rejected.replyTarget).toBe(`${phone}@s.whatsapp.net`);
  expect((await ring(bot, phone)).reason).toBe("default-ring");
});

it("D5: counts a video call like voice, and rejects it with the text where the settings say so", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1, videoCalls: "reject" });
  const phone = uniquePhoneNumber();
  const video = { kind: "video", isVideo: true } as const;
  expect(await ring(bot, phone, video)).toMatchObject({
    reason: "video-rejected",
    act: "reject-and-reply",
    replyText: "Please write to us.",
  });
  expect((await ring(bot, phone)).reason).toBe("limit-exceeded");
});

it("D15: lets the bot's own number and staff through before every block", async () => {
  const phone = uniquePhoneNumber();
  const bot = await addScreeningBot(test, { staffNumbers: [phone], dailyLimit: 1 });
  expect(reasons(await screenSeveral(test, bot, phone, 3))).toEqual(Array(3).fill("staff"));
});
