import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { untilHeard } from "./support/open-socket.ts";
import { SdkWorld } from "./support/sdk-world.ts";

describe("a session that a program takes over", () => {
  let world: SdkWorld;
  beforeEach(async () => {
    world = await SdkWorld.open();
  });
  afterEach(() => world.close());

  it("leaves the worker, runs over the remote auth state, and goes back to the worker, which needs no recovery", async () => {
    await world.worker.startWorker();
    const bot = await world.addLinkedBot();
    const { session, socket } = await world.connectSocket(bot, await world.addKey(), { takeover: true });
    expect(session.wasClean).toBe(true);
    expect(await bot.view()).toMatchObject({ state: "handed-over" });
    await socket.sendMessage(bot.contact.jid, { text: "hello from outside" });
    await bot.contact.waitForText(({ text }) => text === "hello from outside");
    const heard = untilHeard(socket, "hello yourself");
    bot.contact.sendText(bot.phone, "hello yourself");
    await heard;
    await session.release();
    expect(await session.ended).toEqual({ reason: "released", error: null });
    await bot.untilState("online");
    expect(await bot.custody()).toMatchObject({ wasClean: true, holderKind: "worker" });
    world.worker.simulator.assertClean();
  });
});
