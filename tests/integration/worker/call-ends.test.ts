import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WorkerWorld } from "./support/worker-world.ts";

describe("a call whose end comes early", () => {
  let world: WorkerWorld;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    await world.startWorker();
  });
  afterAll(() => world.close());

  async function linkedBot() {
    const bot = await world.addBot();
    await bot.link();
    await bot.rejectAll("Please write instead.");
    return bot;
  }

  it("is rejected for nothing when the caller hangs up in the same moment, and logged with its end", async () => {
    const bot = await linkedBot();
    const call = bot.contact.placeCall(bot.phone);
    call.hangUp();
    const row = await bot.untilCall(call, ({ rejectStatus, ended }) => rejectStatus !== "pending" && ended !== null);
    expect(["moot", "confirmed"]).toContain(row.rejectStatus);
    expect(row.outcome).toBe("rejected");
  });

  it("is not acted upon when its end overtakes its beginning", async () => {
    const bot = await linkedBot();
    // A deflated offer is read later than a plain end that follows it in a message of its own.
    const call = bot.contact.placeCall(bot.phone, { compressed: true });
    call.acceptElsewhere();
    const row = await bot.untilCall(call, ({ rejectStatus, ended }) => rejectStatus !== "pending" && ended !== null);
    expect(row).toMatchObject({ rejectStatus: "moot", replyStatus: "moot", ended: "answered-elsewhere" });
    await bot.phone.waitDelivered(bot.device);
    expect(bot.contact.inbox).toEqual([]);
    expect(call.rejects).toEqual([]);
  });

  it("is only logged when it comes from the queue of a bot that was offline", async () => {
    const bot = await linkedBot();
    await bot.command("stop");
    await bot.untilState("stopped");
    const call = bot.contact.placeCall(bot.phone);
    call.hangUp();
    await bot.command("start");
    const row = await bot.untilCall(call, ({ ended }) => ended !== null);
    expect(row).toMatchObject({ isLate: true, rejectStatus: "none", replyStatus: "none" });
    expect(call.rejects).toEqual([]);
  });

  it("breaks no rule of the protocol", () => {
    world.simulator.assertClean();
  });
});
