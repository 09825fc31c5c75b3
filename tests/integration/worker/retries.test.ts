import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

describe("a reply that a companion could not read", () => {
  let world: WorkerWorld;
  beforeAll(async () => {
    world = await WorkerWorld.open();
    await world.startWorker();
  });
  afterAll(() => world.close());

  it("is sent again when the companion asks at once", async () => {
    const bot = await world.addBot();
    const { contact } = bot;
    const companion = contact.addDevice();
    await bot.link();
    await bot.rejectAll("Please write instead.");
    contact.failNextDecrypt(1, companion);
    const call = contact.placeCall(bot.phone);
    await call.waitRejected();
    await contact.waitForText(({ text }) => text === "Please write instead.");
    const again = await until(() => contact.companionInbox[0] ?? null);
    expect(again.text).toBe("Please write instead.");
    world.simulator.assertClean();
  });
});
