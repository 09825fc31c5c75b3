import { callers, events, whatsappCalls } from "@switchboard/db/schema";
import { count, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromLid,
  callFromNumber,
  callRowsOf,
  eventsOf,
  screen,
  screenSeveral,
  uniqueLid,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { holdBot, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { deleteBot } from "../bots/delete-bot.ts";
import { endCall } from "./end-call.ts";
import { screenCall } from "./screen-call.ts";

const MINUTE_MS = 60_000;

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

describe("a call is screened once", () => {
  it("A1, D1: an offer and its later phases are one row and count once", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 3 });
    const phone = uniquePhoneNumber();
    for (let ring = 0; ring < 3; ring++) {
      const call = callFromNumber(test, phone);
      await screen(test, bot, call);
      await screen(test, bot, { ...call, phase: "relaylatency" });
      const end = { lease: bot.lease, callId: call.callId, atMs: test.clock.nowMs() };
      await endCall(workerContext(test), { ...end, phase: "terminate" });
    }
    const rows = await callRowsOf(test, bot.botId);
    expect(rows.map((row) => row.windowCount)).toEqual([1, 2, 3]);
  });

  it("D1: begins at the first phase that shows it where no offer came", async () => {
    const bot = await addScreeningBot(test);
    const call = callFromLid(test, uniqueLid(), { phase: "relaylatency" });
    expect(await screen(test, bot, call)).toMatchObject({ isDuplicate: false, reason: "default-ring" });
    expect((await screen(test, bot, { ...call, phase: "offer" })).isDuplicate).toBe(true);
  });

  it("A2: a batch of three offers is three rows", async () => {
    const bot = await addScreeningBot(test);
    const batch = [1, 2, 3].map(() => callFromNumber(test, uniquePhoneNumber()));
    await Promise.all(batch.map((call) => screen(test, bot, call)));
    expect(await callRowsOf(test, bot.botId)).toHaveLength(3);
  });

  it("A3, D2: answers a repeated offer with its first decision, and does nothing", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const phone = uniquePhoneNumber();
    await screenSeveral(test, bot, phone, 1);
    const call = callFromNumber(test, phone);
    const first = await screen(test, bot, call);
    const told = await eventsOf(test, bot.botId);
    const again = await screen(test, bot, call);
    expect(first).toMatchObject({ isDuplicate: false, act: "reject-and-reply" });
    expect(again).toEqual({ ...first, isDuplicate: true, act: "none", replyText: null, replyTarget: null });
    expect(await eventsOf(test, bot.botId)).toHaveLength(told.length);
    expect(await callRowsOf(test, bot.botId)).toHaveLength(2);
  });

  it("D2: the first transaction wins across workers", async () => {
    const bot = await addScreeningBot(test);
    const other = await test.openAgain();
    const call = callFromNumber(test, uniquePhoneNumber());
    const both = await Promise.all([screen(test, bot, call), screen(test, bot, call, { db: other })]);
    expect(both.map((screened) => screened.isDuplicate).toSorted()).toEqual([false, true]);
    expect(both[0].callRowId).toBe(both[1].callRowId);
  });

  it("completes the person where a repeat tells more names", async () => {
    const bot = await addScreeningBot(test);
    const [phone, lid] = [uniquePhoneNumber(), uniqueLid()];
    const call = callFromLid(test, lid);
    await screen(test, bot, call);
    await screen(test, bot, { ...call, phoneNumber: phone });
    const rows = await test.db.reader.select().from(callers).where(eq(callers.botId, bot.botId));
    expect(rows).toMatchObject([{ phoneNumber: phone, lid }]);
  });
});

describe("a call that is too late", () => {
  it.each([
    ["delivered from the queue", { isOffline: true }, 0],
    ["older than 60 s", {}, MINUTE_MS + 1],
  ])("A4, D3: %s is logged, counts, and is neither rejected nor answered", async (_what, changes, ageMs) => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const phone = uniquePhoneNumber();
    const startedAtMs = test.clock.nowMs() - ageMs;
    await screen(test, bot, callFromNumber(test, phone));
    const late = await screen(test, bot, callFromNumber(test, phone, { ...changes, startedAtMs }));
    expect(late).toMatchObject({ outcome: "observed", reason: "late", act: "none", blockId: null });
    const rows = await callRowsOf(test, bot.botId);
    expect(rows.find((row) => row.id === late.callRowId)).toMatchObject({
      isLate: true,
      isCounted: true,
      startedAtMs,
      rejectStatus: "none",
      replyStatus: "none",
    });
    expect((await screen(test, bot, callFromNumber(test, phone))).reason).toBe("limit-exceeded");
  });

  it("D3: counts in the window of its own time", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const phone = uniquePhoneNumber();
    const yesterday = { isOffline: true, startedAtMs: test.clock.nowMs() - 24 * 60 * MINUTE_MS };
    await screen(test, bot, callFromNumber(test, phone, yesterday));
    expect((await screen(test, bot, callFromNumber(test, phone))).reason).toBe("default-ring");
  });

  it("D3: tells nobody of a call older than 15 minutes but the history", async () => {
    const bot = await addScreeningBot(test);
    const old = { isOffline: true, startedAtMs: test.clock.nowMs() - 15 * MINUTE_MS - 1 };
    const { callId } = await screen(test, bot, callFromNumber(test, uniquePhoneNumber(), old));
    const end = { lease: bot.lease, callId, phase: "timeout", atMs: test.clock.nowMs() } as const;
    await endCall(workerContext(test), end);
    const types = (await eventsOf(test, bot.botId)).map((event) => event.type);
    expect(types.filter((type) => type.startsWith("call."))).toEqual(["call.screened", "call.ended"]);
  });
});

describe("an end that comes before its call", () => {
  it("has the call logged with its end, and not acted on", async () => {
    const bot = await addScreeningBot(test, { defaultAction: "reject-and-reply" });
    const call = callFromNumber(test, uniquePhoneNumber());
    const end = { lease: bot.lease, callId: call.callId, atMs: test.clock.nowMs() };
    const early = await endCall(workerContext(test), { ...end, phase: "terminate", terminateReason: null });
    expect(early).toEqual({ step: "ignore", call: null });
    expect(await screen(test, bot, call)).toMatchObject({ outcome: "rejected", act: "none", ended: "missed" });
    expect(await callRowsOf(test, bot.botId)).toMatchObject([
      { ended: "missed", endedAtMs: end.atMs, rejectStatus: "moot", replyStatus: "moot", isCounted: true },
    ]);
  });

  it("leaves a call alone that somebody took before its offer arrived", async () => {
    const bot = await addScreeningBot(test, { defaultAction: "reject" });
    const call = callFromNumber(test, uniquePhoneNumber());
    const atMs = test.clock.nowMs();
    await endCall(workerContext(test), { lease: bot.lease, callId: call.callId, phase: "accept", atMs });
    expect((await screen(test, bot, call)).act).toBe("none");
  });
});

describe("the fence", () => {
  it("writes nothing for a holder of an earlier epoch, whatever its lease id", async () => {
    const bot = await addScreeningBot(test);
    const current = await holdBot(test, bot.botId);
    const call = callFromNumber(test, uniquePhoneNumber());
    const stale = [bot.lease, { ...current, epoch: bot.lease.epoch }, { ...bot.lease, epoch: current.epoch }];
    const before = await countRows();
    for (const lease of stale) {
      const attempt = screenCall(workerContext(test), { lease, call });
      await expect(attempt).rejects.toMatchObject({ code: "stale-epoch" });
    }
    expect(await countRows()).toEqual(before);
    expect((await screenCall(workerContext(test), { lease: current, call })).isDuplicate).toBe(false);
  });

  it("screens nothing for a bot that was deleted", async () => {
    const bot = await addScreeningBot(test);
    await test.db.write(async (tx) => {
      await tx.run(sql`update bots set is_linked = 1, name = 'gone' where id = ${bot.botId}`);
    });
    await deleteBot(test.as(bot.owner), { botId: bot.botId, confirm: "gone" });
    const attempt = screen(test, bot, callFromNumber(test, uniquePhoneNumber()));
    await expect(attempt).rejects.toMatchObject({ code: "not-found" });
  });
});

it("keeps no part of a call whose event cannot be written", async () => {
  const bot = await addScreeningBot(test, { dailyLimit: 1 });
  const phone = uniquePhoneNumber();
  await screenSeveral(test, bot, phone, 1);
  const before = await countRows();
  const taken = await eventsOf(test, bot.botId);
  const real = workerContext(test).ids;
  const ids = {
    next: (kind: Parameters<typeof real.next>[0]) => (kind === "event" ? (taken[0]?.id ?? "") : real.next(kind)),
  };
  const attempt = screen(test, bot, callFromNumber(test, phone), { ids });
  await expect(attempt).rejects.toMatchObject({ code: "database_constraint" });
  expect(await countRows()).toEqual(before);
});

it("refuses a call without a person", async () => {
  const bot = await addScreeningBot(test);
  const attempt = screen(test, bot, callFromNumber(test, "", { callFrom: "1203630@g.us" }));
  await expect(attempt).rejects.toMatchObject({ code: "validation-failed" });
});

async function countRows() {
  const [calls, people, told] = await test.db.readBatch((reader) => [
    reader.select({ rows: count() }).from(whatsappCalls),
    reader.select({ rows: count() }).from(callers),
    reader.select({ rows: count() }).from(events),
  ]);
  return [calls, people, told];
}
