import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  eventsOf,
  type ScreeningBot,
  screen,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { uniqueNumber, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { noteMessage } from "../callers/note-message.ts";
import { recordReject } from "./record-reject.ts";
import { recordReply, recordReplyReceipt } from "./record-reply.ts";
import { reserveReply } from "./reserve-reply.ts";
import { suspendReplies } from "./suspend-replies.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const worker = () => workerContext(test);
const addBot = (settings = {}) =>
  addScreeningBot(test, { defaultAction: "reject-and-reply", dailyLimit: null, ...settings });
const ring = (bot: ScreeningBot, phone: string) => screen(test, bot, callFromNumber(test, phone));
const chat = (bot: ScreeningBot, phoneNumber: string, direction: "in" | "out" = "in", messageId = "MESSAGE") =>
  noteMessage(worker(), { lease: bot.lease, phoneNumber, direction, messageId, atMs: test.clock.nowMs() });

/** Calls of one number, `everyMs` apart; how many of them got a text. */
async function textsTo(bot: ScreeningBot, phone: string, calls: number, everyMs: number): Promise<number> {
  let texts = 0;
  for (let call = 0; call < calls; call++) {
    if ((await ring(bot, phone)).replyText !== null) texts += 1;
    test.clock.advanceMs(everyMs);
  }
  return texts;
}

it("D23, A11: rejects every call of a flood, and sends one caller five texts an hour at most (S7)", async () => {
  const bot = await addBot();
  expect(await textsTo(bot, uniquePhoneNumber(), 120, MINUTE_MS)).toBe(10);
  const rows = await callRowsOf(test, bot.botId);
  expect(rows.every((row) => row.rejectStatus === "pending")).toBe(true);
  expect(rows.filter((row) => row.replyStatus === "throttled")).toHaveLength(110);
});

it("D23: frees a caller's place exactly one hour after the text", async () => {
  const bot = await addBot({ repliesPerCallerPerHour: 1 });
  const phone = uniquePhoneNumber();
  expect((await ring(bot, phone)).replyText).not.toBeNull();
  test.clock.advanceMs(HOUR_MS - 1);
  expect((await ring(bot, phone)).replyText).toBeNull();
  test.clock.advanceMs(1);
  expect((await ring(bot, phone)).replyText).not.toBeNull();
});

it("D23: sends 20 texts a minute at most, also to different callers at once", async () => {
  const bot = await addBot();
  const calls = Array.from({ length: 25 }, () => ring(bot, uniquePhoneNumber()));
  const screened = await Promise.all(calls);
  expect(screened.filter((call) => call.replyText !== null)).toHaveLength(20);
  expect(screened.every((call) => call.act !== "none")).toBe(true);
  test.clock.advanceMs(MINUTE_MS);
  expect((await ring(bot, uniquePhoneNumber())).replyText).not.toBeNull();
});

it("texts so many strangers a day, the same one as often as the hour allows, and acquaintances besides", async () => {
  const bot = await addBot({ repliesToStrangersPerDay: 2, repliesPerCallerPerHour: 2 });
  const [first, second, third, known] = [1, 2, 3, 4].map(uniquePhoneNumber);
  await chat(bot, known ?? "");
  const texts = async (phone: string | undefined) => (await ring(bot, phone ?? "")).replyText !== null;
  expect([await texts(first), await texts(second), await texts(third)]).toEqual([true, true, false]);
  expect([await texts(first), await texts(known)]).toEqual([true, true]);
  await chat(bot, third ?? "");
  expect(await texts(third)).toBe(true);
  test.clock.setMs(Date.UTC(2025, 2, 12, 0, 0, 1));
  expect(await texts(uniquePhoneNumber())).toBe(true);
});

it("counts a stranger who answers later as one of the day's strangers", async () => {
  const bot = await addBot({ repliesToStrangersPerDay: 1 });
  const phone = uniquePhoneNumber();
  await ring(bot, phone);
  test.clock.advanceMs(1);
  await chat(bot, phone);
  expect((await ring(bot, uniquePhoneNumber())).replyText).toBeNull();
});

it("makes nobody an acquaintance by its own reply to a call", async () => {
  const bot = await addBot({ repliesToStrangersPerDay: 1 });
  const phone = uniquePhoneNumber();
  const { callRowId } = await ring(bot, phone);
  await recordReject(worker(), { lease: bot.lease, callRowId, status: "confirmed", attempts: 1 });
  const messageId = `REPLY${uniqueNumber()}`;
  expect(await reserveReply(worker(), { lease: bot.lease, callRowId, messageId })).toEqual({ step: "send" });
  await chat(bot, phone, "out", messageId);
  test.clock.advanceMs(24 * HOUR_MS);
  await ring(bot, uniquePhoneNumber());
  expect((await ring(bot, phone)).replyText).toBeNull();
});

it("sends no text without one", async () => {
  const bot = await addBot({ replyText: "" });
  expect(await ring(bot, uniquePhoneNumber())).toMatchObject({ act: "reject", replyText: null, replyTarget: null });
});

it("stops all replies for 24 hours after the first refusal, rejects on, and tells of it once", async () => {
  const bot = await addBot();
  const waiting = await ring(bot, uniquePhoneNumber());
  const suspend = () => suspendReplies(worker(), { lease: bot.lease, reason: "error-463" });
  const untilMs = test.clock.nowMs() + 24 * HOUR_MS;
  expect(await Promise.all([suspend(), suspend()])).toMatchObject([
    { isNew: true, untilMs },
    { isNew: false, untilMs },
  ]);
  expect(await ring(bot, uniquePhoneNumber())).toMatchObject({ act: "reject", replyText: null });
  const [told] = await eventsOf(test, bot.botId, "reply.suspended");
  expect(told?.data).toEqual({ botId: bot.botId, reason: "error-463", until: new Date(untilMs).toISOString() });
  expect(await eventsOf(test, bot.botId, "reply.suspended")).toHaveLength(1);
  const reserve = { lease: bot.lease, callRowId: waiting.callRowId, messageId: "LATE" };
  expect(await reserveReply(worker(), reserve)).toEqual({ step: "drop", replyStatus: "suspended" });
  test.clock.setMs(untilMs);
  expect((await ring(bot, uniquePhoneNumber())).replyText).not.toBeNull();
});

it("keeps a reply's status rising: sent, delivered, read, and never back", async () => {
  const bot = await addBot();
  const { callRowId } = await ring(bot, uniquePhoneNumber());
  await recordReject(worker(), { lease: bot.lease, callRowId, status: "confirmed", attempts: 1 });
  const messageId = `REPLY${uniqueNumber()}`;
  await reserveReply(worker(), { lease: bot.lease, callRowId, messageId });
  expect(await recordReply(worker(), { lease: bot.lease, callRowId, status: "sent" })).toMatchObject({
    replyStatus: "sent",
  });
  const receipt = (status: "delivered" | "read", id = messageId) =>
    recordReplyReceipt(worker(), { lease: bot.lease, messageId: id, status });
  expect([await receipt("read"), await receipt("delivered"), await receipt("read", "OTHER")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(await callRowsOf(test, bot.botId)).toMatchObject([{ replyStatus: "read", replyMessageId: messageId }]);
});
