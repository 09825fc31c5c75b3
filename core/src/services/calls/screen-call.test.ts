import { blockedContacts } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  eventsOf,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { liftBlock } from "../blocks/lift-block.ts";
import { restoreBlock } from "../blocks/restore-block.ts";
import { endCall } from "./end-call.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

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

describe("the limit", () => {
  it("D8: lets calls 1 to N through, and call N + 1 makes the block and is itself turned away with the text", async () => {
    const bot = await addScreeningBot(test);
    const phone = uniquePhoneNumber();
    const screened = await screenSeveral(test, bot, phone, 5);
    const ringing = ["default-ring", "default-ring", "default-ring"];
    expect(reasons(screened)).toEqual([...ringing, "limit-exceeded", "blocked-auto"]);
    expect(screened[3]).toMatchObject({
      act: "reject-and-reply",
      replyText: "Please write to us.",
      replyTarget: `${phone}@s.whatsapp.net`,
      callFrom: `${phone}:3@s.whatsapp.net`,
    });
    const rows = await callRowsOf(test, bot.botId);
    expect(rows.map((row) => [row.windowCount, row.isCounted])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, false],
      [null, false],
    ]);
  });

  it("D12: makes a temporary block that lasts exactly 86,400 s and ends by the clock alone (A5, S6)", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const phone = uniquePhoneNumber();
    await screenSeveral(test, bot, phone, 2);
    const [block] = await blocksOf(bot);
    expect(block).toMatchObject({ type: "temporary", origin: "limit", expiresAtMs: test.clock.nowMs() + DAY_MS });
    test.clock.advanceMs(DAY_MS - 1);
    expect((await ring(bot, phone)).reason).toBe("blocked-auto");
    test.clock.advanceMs(1);
    expect((await ring(bot, phone)).reason).toBe("default-ring");
    expect(await eventsOf(test, bot.botId, "block.expired")).toHaveLength(1);
    expect(await blocksOf(bot)).toMatchObject([{ endCause: "expired", endedAtMs: block?.expiresAtMs, hitCount: 1 }]);
  });

  it("makes a permanent block where the settings say so", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1, blockType: "permanent" });
    await screenSeveral(test, bot, uniquePhoneNumber(), 2);
    expect(await blocksOf(bot)).toMatchObject([{ type: "permanent", expiresAtMs: null }]);
  });

  it("D10, A7: does not count calls while blocked, so that the first call after the end passes", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 2, limitWindow: "rolling-24h" });
    const phone = uniquePhoneNumber();
    await screenSeveral(test, bot, phone, 3);
    test.clock.advanceMs(23 * HOUR_MS);
    expect(reasons(await screenSeveral(test, bot, phone, 4))).toEqual(Array(4).fill("blocked-auto"));
    const [block] = await blocksOf(bot);
    expect(block?.hitCount).toBe(4);
    test.clock.setMs(block?.expiresAtMs ?? 0);
    expect(reasons(await screenSeveral(test, bot, phone, 3))).toEqual([
      "default-ring",
      "default-ring",
      "limit-exceeded",
    ]);
  });

  it("D14, A8: counts anew after an unblock of the same day", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 2 });
    const phone = uniquePhoneNumber();
    const screened = await screenSeveral(test, bot, phone, 3);
    await liftBlock(test.as(bot.owner), { botId: bot.botId, contactId: screened[2]?.blockId ?? "" });
    expect(reasons(await screenSeveral(test, bot, phone, 3))).toEqual([
      "default-ring",
      "default-ring",
      "limit-exceeded",
    ]);
  });

  it("D14: counts anew after every unblock, also of a block that was restored", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 2 });
    const phone = uniquePhoneNumber();
    const screened = await screenSeveral(test, bot, phone, 3);
    const contact = { botId: bot.botId, contactId: screened[2]?.blockId ?? "" };
    await liftBlock(test.as(bot.owner), contact);
    await screenSeveral(test, bot, phone, 2);
    await restoreBlock(test.as(bot.owner), contact);
    test.clock.advanceMs(MINUTE_MS);
    await liftBlock(test.as(bot.owner), contact);
    expect(reasons(await screenSeveral(test, bot, phone, 2))).toEqual(["default-ring", "default-ring"]);
  });

  it("S8: lets 30 of 120 calls through when somebody calls every two hours for ten days", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 3 });
    const phone = uniquePhoneNumber();
    test.clock.setMs(Date.UTC(2025, 5, 1));
    let passed = 0;
    for (let call = 0; call < 120; call++) {
      test.clock.setMs(Date.UTC(2025, 5, 1) + call * 2 * HOUR_MS);
      if ((await ring(bot, phone, { startedAtMs: test.clock.nowMs() })).act === "none") passed += 1;
    }
    expect(passed).toBe(30);
  });

  it("never blocks without a limit", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: null });
    expect(reasons(await screenSeveral(test, bot, uniquePhoneNumber(), 6))).toEqual(Array(6).fill("default-ring"));
  });

  it("A6, D7: counts by the calendar day of the bot's zone, not of the server", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 3, timeZone: "Asia/Riyadh" });
    const phone = uniquePhoneNumber();
    test.clock.setMs(Date.UTC(2025, 3, 1, 20, 50));
    expect(reasons(await screenSeveral(test, bot, phone, 3))).toEqual(Array(3).fill("default-ring"));
    test.clock.setMs(Date.UTC(2025, 3, 1, 21, 1));
    expect(reasons(await screenSeveral(test, bot, phone, 3))).toEqual(Array(3).fill("default-ring"));
    expect(reasons(await screenSeveral(test, bot, phone, 1))).toEqual(["limit-exceeded"]);
  });

  it("S1: counts across midnight where the window is the last 24 hours", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 3, limitWindow: "rolling-24h" });
    const phone = uniquePhoneNumber();
    test.clock.setMs(Date.UTC(2025, 3, 1, 23, 50));
    await screenSeveral(test, bot, phone, 3);
    test.clock.setMs(Date.UTC(2025, 3, 2, 0, 1));
    expect(reasons(await screenSeveral(test, bot, phone, 1))).toEqual(["limit-exceeded"]);
  });

  it("D11: leaves calls answered on the phone out only where the settings say so", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1, isAnsweredCounted: false });
    const phone = uniquePhoneNumber();
    const first = await ring(bot, phone);
    const end = { lease: bot.lease, callId: first.callId, atMs: test.clock.nowMs() };
    await endCall(workerContext(test), { ...end, phase: "terminate", terminateReason: "accepted_elsewhere" });
    expect((await ring(bot, phone)).reason).toBe("default-ring");
    expect((await ring(bot, phone)).reason).toBe("limit-exceeded");
  });
});

it("tells of each call twice and of the block once, with the calls and the block as they stand", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1 });
  const phone = uniquePhoneNumber();
  const [, blocked] = await screenSeveral(test, bot, phone, 2);
  const told = (await eventsOf(test, bot.botId)).filter((event) => event.type !== "bot.state");
  const types = ["call.received", "call.screened", "block.created", "call.received", "call.screened"];
  expect(told.map((event) => event.type)).toEqual(types);
  expect(told[2]?.data).toMatchObject({ id: blocked?.blockId, phoneNumber: phone, active: true, mayNotMatchYet: true });
  expect(told[4]?.data).toMatchObject({
    id: blocked?.callRowId,
    outcome: "blocked",
    reason: "limit-exceeded",
    rejectStatus: "pending",
    replyStatus: "pending",
    caller: { phoneNumber: phone },
    windowCount: 2,
    windowLimit: 1,
  });
});
