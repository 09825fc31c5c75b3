import { blockContact } from "@switchboard/core/services/blocks/block-contact";
import { blockContactSchema } from "@switchboard/core/services/blocks/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestBot } from "./support/test-bot.ts";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

const TEXT = "Please write instead.";

describe("a call that is turned away", () => {
  let world: WorkerWorld;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    await world.startWorker();
  });
  afterAll(() => world.close());

  async function linkedBot(text = TEXT, contactCount = 1): Promise<TestBot> {
    const bot = await world.addBot(contactCount);
    await bot.link();
    await bot.rejectAll(text);
    return bot;
  }

  it("gets its text from the bot to every device of the caller, whichever device called", async () => {
    const bot = await linkedBot();
    const companion = bot.contact.addDevice();
    const call = bot.contact.placeCall(bot.phone, { device: companion });
    const reject = await call.waitRejected();
    expect(reject.to).toBe(call.appearance.creator);
    const text = await bot.contact.waitForText();
    expect(text).toMatchObject({ text: TEXT, chat: bot.contact.jid });
    await until(() => bot.contact.companionInbox.some((received) => received.text === TEXT));
  });

  it("is rejected by the LID of a caller who shows one", async () => {
    const bot = await linkedBot();
    for (const withCallerPn of [true, false]) {
      const call = bot.contact.placeCall(bot.phone, { as: "lid", withCallerPn });
      expect((await call.waitRejected()).to).toBe(bot.contact.lid);
    }
  });

  it("is followed to delivered and read", async () => {
    const bot = await linkedBot();
    const call = bot.contact.placeCall(bot.phone);
    await bot.contact.waitForText();
    const row = await bot.untilCall(call, ({ replyStatus }) => replyStatus === "read" || replyStatus === "delivered");
    expect(row).toMatchObject({ rejectStatus: "confirmed", rejectAttempts: 1, ended: "rejected-by-us" });
    expect(row.replyMessageId).toBe(bot.contact.inbox[0]?.id);
  });

  it("is handled once although it is delivered again, then and after the end", async () => {
    const bot = await linkedBot();
    const call = bot.contact.placeCall(bot.phone);
    call.redeliver();
    call.send("transport");
    await call.waitRejected();
    await bot.contact.waitForText();
    call.redeliver();
    call.redeliver(true);
    await bot.untilCall(call, ({ replyStatus }) => replyStatus !== "pending");
    await world.simulator.transcript.waitFor(({ kind }) => kind === "call-redelivered");
    await bot.phone.waitDelivered(bot.device);
    expect(call.rejects).toHaveLength(1);
    expect(bot.contact.inbox).toHaveLength(1);
  });

  it("is one of three that come at once, each rejected and answered", async () => {
    const bot = await linkedBot(TEXT, 3);
    const calls = bot.contacts.map((contact) => contact.placeCall(bot.phone));
    await Promise.all(calls.map((call) => call.waitRejected()));
    await Promise.all(bot.contacts.map((contact) => contact.waitForText()));
  });

  it("is unconfirmed after three tries that nobody acknowledged, and the text waits for the end", async () => {
    const bot = await linkedBot();
    world.simulator.faults.dropRejectAcks(bot.phone, 3);
    const call = bot.contact.placeCall(bot.phone);
    const row = await bot.untilCall(call, ({ rejectStatus }) => rejectStatus !== "pending");
    expect(row).toMatchObject({ rejectStatus: "unconfirmed", rejectAttempts: 3, replyStatus: "pending" });
    expect(bot.contact.inbox).toEqual([]);
    world.simulator.forgive("call.reject-unknown");
  });

  it("is failed when the server refuses, and the text waits for the end of the call", async () => {
    const bot = await linkedBot();
    world.simulator.faults.refuseRejects(bot.phone, 400, 3);
    const call = bot.contact.placeCall(bot.phone);
    const row = await bot.untilCall(call, ({ rejectStatus }) => rejectStatus !== "pending");
    expect(row).toMatchObject({ rejectStatus: "failed", rejectAttempts: 3, replyStatus: "pending", ended: null });
    expect(bot.contact.inbox).toEqual([]);
    call.hangUp();
    expect(await bot.contact.waitForText()).toMatchObject({ text: TEXT });
  });

  it("gets no text when somebody answered while it could not be rejected", async () => {
    const bot = await linkedBot();
    world.simulator.faults.refuseRejects(bot.phone, 400, 3);
    const call = bot.contact.placeCall(bot.phone);
    await bot.untilCall(call, ({ rejectStatus }) => rejectStatus === "failed");
    call.acceptElsewhere();
    const row = await bot.untilCall(call, ({ ended }) => ended !== null);
    expect(row.ended).toBe("answered-elsewhere");
    await bot.untilCall(call, ({ replyStatus }) => replyStatus === "moot");
    expect(bot.contact.inbox).toEqual([]);
  });

  it("suspends all further texts of the bot at error 463 and goes on rejecting", async () => {
    const bot = await linkedBot(TEXT, 2);
    world.simulator.faults.failMessages(bot.phone, { code: 463 });
    const [first, second] = bot.contacts;
    const refused = first?.placeCall(bot.phone);
    if (!refused || !second) throw new Error("two contacts were asked for");
    await bot.untilCall(refused, ({ replyStatus }) => replyStatus === "failed");
    await until(async () => (await bot.settings()).repliesSuspendedUntilMs !== null);
    const later = second.placeCall(bot.phone);
    await later.waitRejected();
    expect((await bot.untilCall(later)).replyStatus).toBe("suspended");
    expect(await bot.events("reply.suspended")).toHaveLength(1);
  });

  it("leaves the messages of a blocked caller alone", async () => {
    const bot = await linkedBot();
    const block = blockContactSchema.parse({ phoneNumber: `+${bot.contact.phoneNumber}`, type: "permanent" });
    await blockContact(world.admin, { botId: bot.id, ...block });
    const call = bot.contact.placeCall(bot.phone);
    await bot.contact.waitForText();
    expect(await bot.untilCall(call)).toMatchObject({ outcome: "blocked" });
    const id = await bot.contact.sendText(bot.phone, "hello");
    const { transcript } = world.simulator;
    const receipt = await transcript.waitFor(({ kind, detail }) => kind === "receipt" && detail.id === id);
    expect(receipt.detail.type ?? null).not.toBe("read");
    await bot.phone.waitDelivered(bot.device);
    expect(bot.contact.inbox.map(({ text }) => text)).toEqual([TEXT]);
  });

  it("breaks no rule of the protocol", () => {
    world.simulator.assertClean();
  });
});
