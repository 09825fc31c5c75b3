import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilHeard } from "./support/open-socket.ts";
import { SdkWorld } from "./support/sdk-world.ts";

/** Acquire, the events, credentials, and what a connection asks for once. */
const CONNECT_REQUESTS_MAX = 20;

describe("what a session costs in requests", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    await world.worker.startWorker();
  });
  afterAll(() => world.close());

  it("is a handful for a connection, however many pre-keys there are", async () => {
    const bot = await world.addLinkedBot();
    expect(await bot.authRecordCount("pre-key")).toBeGreaterThan(100);
    const before = world.requests.length;
    await world.connectSocket(bot, await world.addKey(), { takeover: true });
    expect(world.requests.length - before).toBeLessThan(CONNECT_REQUESTS_MAX);
  });

  it("is one write for a message that is sent, and no read", async () => {
    const bot = await world.addLinkedBot();
    const { socket } = await world.connectSocket(bot, await world.addKey(), { takeover: true });
    await socket.sendMessage(bot.contact.jid, { text: "the first opens the conversation" });
    await bot.untilQuiet();
    const before = [world.requestsTo("/read").length, world.requestsTo("/batch").length];
    for (const text of ["one", "two", "three"]) await socket.sendMessage(bot.contact.jid, { text });
    await bot.contact.waitForText(({ text }) => text === "three");
    const after = [world.requestsTo("/read").length, world.requestsTo("/batch").length];
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([0, 3]);
  });

  it("is one write for a message that is heard, and no read", async () => {
    const bot = await world.addLinkedBot();
    const { socket } = await world.connectSocket(bot, await world.addKey(), { takeover: true });
    await socket.sendMessage(bot.contact.jid, { text: "the first opens the conversation" });
    const isAnswered = untilHeard(socket, "the first answer");
    bot.contact.sendText(bot.phone, "the first answer");
    await isAnswered;
    await bot.untilQuiet();
    const before = [world.requestsTo("/read").length, world.requestsTo("/batch").length];
    const isHeard = untilHeard(socket, "the second answer");
    bot.contact.sendText(bot.phone, "the second answer");
    await isHeard;
    await bot.untilQuiet();
    const after = [world.requestsTo("/read").length, world.requestsTo("/batch").length];
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([0, 1]);
  });
});
