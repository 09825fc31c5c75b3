import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  eventsOf,
  type ScreeningBot,
  screen,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { holdBot, uniqueNumber, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { endCall } from "./end-call.ts";
import type { CallScreening } from "./incoming-call.ts";
import { recordReject } from "./record-reject.ts";
import { recordReply } from "./record-reply.ts";
import { reserveReply } from "./reserve-reply.ts";
import { settleUnfinished } from "./settle-unfinished.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const worker = () => workerContext(test);

/** A bot that rejects and answers everybody, and one call it has just screened. */
async function rejectedCall(settings = {}): Promise<{ bot: ScreeningBot; call: CallScreening }> {
  const bot = await addScreeningBot(test, { defaultAction: "reject-and-reply", dailyLimit: null, ...settings });
  return { bot, call: await screen(test, bot, callFromNumber(test, uniquePhoneNumber())) };
}

const rowOf = async (bot: ScreeningBot) => (await callRowsOf(test, bot.botId))[0];
const reject = (
  bot: ScreeningBot,
  call: CallScreening,
  status: Parameters<typeof recordReject>[1]["status"],
  attempts = 1,
) => recordReject(worker(), { lease: bot.lease, callRowId: call.callRowId, status, attempts });
const end = (bot: ScreeningBot, call: { callId: string }, changes: Partial<Parameters<typeof endCall>[1]> = {}) => {
  const atMs = test.clock.nowMs();
  return endCall(worker(), { lease: bot.lease, callId: call.callId, phase: "terminate", atMs, ...changes });
};
const reserve = (bot: ScreeningBot, call: CallScreening, messageId = `REPLY${uniqueNumber()}`) =>
  reserveReply(worker(), { lease: bot.lease, callRowId: call.callRowId, messageId });

describe("the reject", () => {
  it("ends the call as rejected by us once it is confirmed, and tells of it", async () => {
    const { bot, call } = await rejectedCall();
    expect(await reject(bot, call, "confirmed", 2)).toMatchObject({ rejectStatus: "confirmed", replyStep: "send" });
    const nowMs = test.clock.nowMs();
    const ended = { ended: "rejected-by-us", endedAtMs: nowMs, rejectedAtMs: nowMs, rejectAttempts: 2 };
    expect(await rowOf(bot)).toMatchObject(ended);
    const told = await eventsOf(test, bot.botId, "call.ended");
    expect(told.map((event) => event.data)).toMatchObject([{ id: call.callRowId, ended: "rejected-by-us" }]);
    expect(await eventsOf(test, bot.botId, "call.missed")).toEqual([]);
  });

  it("A13: says so when it failed, and a later acknowledgement corrects that", async () => {
    const { bot, call } = await rejectedCall();
    expect(await reject(bot, call, "failed", 3)).toMatchObject({ rejectStatus: "failed", replyStep: "wait" });
    expect(await reject(bot, call, "unconfirmed")).toMatchObject({ rejectStatus: "failed" });
    expect(await reject(bot, call, "confirmed")).toMatchObject({ rejectStatus: "confirmed" });
    expect(await reject(bot, call, "failed")).toMatchObject({ rejectStatus: "confirmed" });
    expect(await rowOf(bot)).toMatchObject({ rejectAttempts: 3, ended: "rejected-by-us" });
  });
});

describe("the text", () => {
  it("A14, D21: waits while the phone may ring, and goes out after the reject or the end of the call", async () => {
    const { bot, call } = await rejectedCall();
    expect(await reserve(bot, call)).toEqual({ step: "wait" });
    await reject(bot, call, "unconfirmed", 3);
    expect(await reserve(bot, call)).toEqual({ step: "wait" });
    expect((await end(bot, call, { phase: "timeout" })).call).toMatchObject({ ended: "timeout", replyStep: "send" });
    expect(await reserve(bot, call)).toEqual({ step: "send" });
  });

  it("goes to one reservation of many, and may be reserved again under the same message id", async () => {
    const { bot, call } = await rejectedCall();
    await reject(bot, call, "confirmed");
    const results = await Promise.all(["A", "B", "C"].map((messageId) => reserve(bot, call, messageId)));
    expect(results.map((result) => result.step).toSorted()).toEqual(["drop", "drop", "send"]);
    expect(await reserve(bot, call, (await rowOf(bot))?.replyMessageId ?? "")).toEqual({ step: "send" });
  });

  it("is not sent twice: what is recorded stays", async () => {
    const { bot, call } = await rejectedCall();
    await reject(bot, call, "confirmed");
    await reserve(bot, call, "ONE");
    const record = (status: "sent" | "failed") =>
      recordReply(worker(), { lease: bot.lease, callRowId: call.callRowId, status });
    expect(await record("sent")).toMatchObject({ replyStatus: "sent" });
    expect(await record("failed")).toMatchObject({ replyStatus: "sent" });
    expect(await reserve(bot, call, "ONE")).toEqual({ step: "drop", replyStatus: "sent" });
  });

  it.each([
    ["accept", undefined],
    ["terminate", "accepted_elsewhere"],
  ] as const)(
    "D21: is dropped together with the reject when somebody takes the call (%s %s)",
    async (phase, reason) => {
      const { bot, call } = await rejectedCall();
      const { call: progress } = await end(bot, call, { phase, terminateReason: reason });
      expect(progress).toMatchObject({ rejectStatus: "moot", replyStatus: "moot", replyStep: "drop" });
      expect(await reserve(bot, call)).toEqual({ step: "drop", replyStatus: "moot" });
    },
  );
});

describe("the end of a call", () => {
  it.each([
    ["terminate", null, "missed"],
    ["terminate", undefined, "unknown"],
    ["terminate", "timeout", "timeout"],
    ["timeout", undefined, "timeout"],
    ["terminate", "accepted_elsewhere", "answered-elsewhere"],
    ["terminate", "rejected_elsewhere", "rejected-elsewhere"],
    ["reject", undefined, "rejected-elsewhere"],
  ] as const)("%s with reason %s is %s", async (phase, terminateReason, ended) => {
    const bot = await addScreeningBot(test);
    const call = await screen(test, bot, callFromNumber(test, uniquePhoneNumber()));
    expect((await end(bot, call, { phase, terminateReason })).call).toMatchObject({ ended });
  });

  it("tells of a missed call once, and of the end again when a surer sign comes", async () => {
    const bot = await addScreeningBot(test);
    const call = await screen(test, bot, callFromNumber(test, uniquePhoneNumber()));
    const endedAtMs = test.clock.nowMs();
    await end(bot, call, { terminateReason: null });
    await end(bot, call, { terminateReason: null });
    test.clock.advanceMs(1_000);
    await end(bot, call, { phase: "timeout" });
    await end(bot, call, { terminateReason: null });
    expect((await eventsOf(test, bot.botId, "call.ended")).map((event) => event.data.ended)).toEqual([
      "missed",
      "timeout",
    ]);
    expect(await eventsOf(test, bot.botId, "call.missed")).toHaveLength(1);
    expect(await rowOf(bot)).toMatchObject({ ended: "timeout", endedAtMs });
  });

  it("is when its first sign came, in whatever order the signs arrive", async () => {
    const bot = await addScreeningBot(test);
    const call = await screen(test, bot, callFromNumber(test, uniquePhoneNumber()));
    const atMs = test.clock.nowMs();
    await end(bot, call, { phase: "timeout", atMs: atMs + 900 });
    await end(bot, call, { phase: "timeout", atMs: atMs + 100 });
    await end(bot, call, { phase: "timeout", atMs: atMs + 500 });
    expect(await rowOf(bot)).toMatchObject({ ended: "timeout", endedAtMs: atMs + 100 });
    expect(await eventsOf(test, bot.botId, "call.ended")).toHaveLength(1);
  });

  it("is the caller's when they hang up while our reject is on its way", async () => {
    const { bot, call } = await rejectedCall();
    expect((await end(bot, call, { terminateReason: null })).call).toMatchObject({ ended: "cancelled" });
    expect(await reject(bot, call, "moot", 0)).toMatchObject({ rejectStatus: "moot", ended: "cancelled" });
    expect(await eventsOf(test, bot.botId, "call.missed")).toEqual([]);
  });

  it("comes out the same in every order of its signs", async () => {
    const signs: Partial<Parameters<typeof endCall>[1]>[] = [
      { phase: "accept" },
      { phase: "terminate", terminateReason: null },
      { phase: "timeout" },
    ];
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const order of orders) {
      const bot = await addScreeningBot(test);
      const call = callFromNumber(test, uniquePhoneNumber());
      const phases = order.map((index) => signs[index] ?? {});
      for (const phase of phases.slice(0, 2)) await end(bot, call, phase);
      const screened = await screen(test, bot, call);
      for (const phase of phases) await end(bot, screened, phase);
      expect(await rowOf(bot), order.join()).toMatchObject({ ended: "answered", isAccepted: true });
    }
  });
});

describe("a holder that starts", () => {
  it("says what is true of calls a former holder left, and does nothing of them again", async () => {
    const { bot } = await rejectedCall();
    const ring = () => {
      test.clock.advanceMs(1);
      return screen(test, bot, callFromNumber(test, uniquePhoneNumber()));
    };
    const [over, reserved] = [await ring(), await ring()];
    await end(bot, over, { terminateReason: null });
    await reject(bot, reserved, "confirmed");
    await reserve(bot, reserved);
    test.clock.advanceMs(1_000);
    const beforeMs = test.clock.nowMs();
    const lease = await holdBot(test, bot.botId);
    test.clock.advanceMs(1_000);
    const own = await screen(test, { ...bot, lease }, callFromNumber(test, uniquePhoneNumber()));
    const settled = await settleUnfinished(worker(), { lease, beforeMs });
    expect(settled.map(({ rejectStatus, replyStatus }) => [rejectStatus, replyStatus])).toEqual([
      ["failed", "moot"],
      ["moot", "moot"],
      ["confirmed", "failed"],
    ]);
    expect(await settleUnfinished(worker(), { lease, beforeMs })).toEqual([]);
    const rows = await callRowsOf(test, bot.botId);
    expect(rows.find((row) => row.id === own.callRowId)).toMatchObject({
      rejectStatus: "pending",
      replyStatus: "pending",
    });
  });

  it("is the only one whose word is taken", async () => {
    const { bot, call } = await rejectedCall();
    await holdBot(test, bot.botId);
    const stale = { code: "stale-epoch" };
    await expect(reject(bot, call, "confirmed")).rejects.toMatchObject(stale);
    await expect(end(bot, call)).rejects.toMatchObject(stale);
    await expect(reserve(bot, call)).rejects.toMatchObject(stale);
    const settle = settleUnfinished(worker(), { lease: bot.lease, beforeMs: test.clock.nowMs() });
    await expect(settle).rejects.toMatchObject(stale);
    expect(await rowOf(bot)).toMatchObject({ rejectStatus: "pending", replyStatus: "pending", ended: null });
  });

  it("finds no call of another bot", async () => {
    const [mine, other] = [await rejectedCall(), await rejectedCall()];
    await expect(reject(mine.bot, other.call, "confirmed")).rejects.toMatchObject({ code: "not-found" });
  });
});
