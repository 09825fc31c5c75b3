import makeWASocket from "@whiskeysockets/baileys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilClosed, untilHeard } from "./support/open-socket.ts";
import { SdkWorld } from "./support/sdk-world.ts";

describe("a connection that breaks off between the decryption of a message and its receipt", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    await world.worker.startWorker();
  });
  afterAll(() => world.close());

  it("loses nothing: the next connection of the same program hears the message, and answers it once", async () => {
    const bot = await world.addLinkedBot();
    const { session, socket } = await world.connectSocket(bot, await world.addKey(), { takeover: true });
    const { signalRepository: repository } = socket;
    const { decryptMessage } = repository;
    const closed = untilClosed(socket);
    repository.decryptMessage = async (message) => {
      const text = await decryptMessage(message);
      world.worker.simulator.faults.cut(bot.device);
      await closed;
      return text;
    };
    const id = await bot.contact.sendText(bot.phone, "in between");
    await closed;
    const next = session.attach(makeWASocket({ ...session.socketConfig() }));
    await untilHeard(next, "in between");
    const answers = world.worker.simulator.transcript.events
      .filter(({ kind, detail }) => (kind === "receipt" || kind === "acked") && detail.id === id)
      .map(({ kind }) => kind);
    expect(answers).toEqual(["receipt"]);
    await next.sendMessage(bot.contact.jid, { text: "heard" });
    await bot.contact.waitForText(({ text }) => text === "heard");
    world.worker.simulator.assertClean();
  });
});
