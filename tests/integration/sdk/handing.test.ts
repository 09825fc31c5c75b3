// The package comes before Baileys: imports run in their order here.
import "../../../sdk/session/src/index.ts";
import { freezeLease } from "@switchboard/core/services/custody/freeze-lease";
import makeWASocket from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { BotFrozenError, LeaseHeldError, SwitchboardError } from "../../../sdk/session/src/index.ts";
import { until } from "../worker/support/until.ts";
import { openSocket, untilClosed } from "./support/open-socket.ts";
import { lostAnswer, SdkWorld } from "./support/sdk-world.ts";

describe("a session that goes from hand to hand", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    await world.worker.startWorker();
  });
  afterEach(() => world.worker.simulator.assertClean());
  afterAll(() => world.close());

  it("is left to a worker by who does not take over, and says who holds it", async () => {
    const bot = await world.addLinkedBot();
    const error: unknown = await world.connect(bot, await world.addKey()).catch((err: unknown) => err);
    expect(error).toBeInstanceOf(LeaseHeldError);
    expect(error).toMatchObject({ code: "lease-held", holder: { kind: "worker" } });
    const [asked, ...more] = world.requestsTo("/lease").filter(({ method }) => method === "POST");
    expect(JSON.parse(asked?.body ?? "{}")).toMatchObject({ takeover: false, waitSeconds: 0 });
    expect(more).toEqual([]);
    await bot.untilState("online");
  });

  it("goes to another program that takes it over once the first has finished, without a recovery", async () => {
    const bot = await world.addLinkedBot();
    const finish = Promise.withResolvers<void>();
    const onDrain = vi.fn(() => finish.promise);
    const first = await world.connectSocket(bot, await world.addKey(), { takeover: true, onDrain });
    const onWaiting = vi.fn();
    const taking = world.connectSocket(bot, await world.addKey(), { takeover: true, onWaiting });
    await until(() => onDrain.mock.calls.length > 0);
    expect(first.session.signal.aborted).toBe(true);
    expect(() => first.session.socketConfig()).toThrow(SwitchboardError);
    // What runs may still be finished.
    await first.socket.sendMessage(bot.contact.jid, { text: "the last" });
    finish.resolve();
    const second = await taking;
    expect(await first.session.ended).toEqual({ reason: "drained", error: null });
    expect(second.session).toMatchObject({ wasClean: true, epoch: first.session.epoch + 1 });
    await second.socket.sendMessage(bot.contact.jid, { text: "the first of the second" });
    await bot.contact.waitForText(({ text }) => text === "the first of the second");
    expect(bot.contact.inbox.map(({ text }) => text)).toContain("the last");
  });

  it.each([
    ["released", "/lease", "DELETE"],
    ["handed-over", "/handover", "POST"],
  ])(
    "is %s also where the first answer to that is lost, and is over then for the service",
    async (reason, end, method) => {
      const bot = await world.addLinkedBot();
      const session = await world.connect(bot, await world.addKey(), { takeover: true });
      let isLost = false;
      world.intercept = async (request, pass) => {
        const isLast = request.path.endsWith(end) && request.method === method;
        if (isLost && isLast) await until(async () => (await bot.custody()).leaseId !== session.leaseId);
        const answer = await pass();
        if (isLost || !isLast) return answer;
        isLost = true;
        expect(answer.ok).toBe(true);
        return lostAnswer();
      };
      try {
        await (reason === "released" ? session.release() : session.handOver("workers"));
      } finally {
        world.intercept = null;
      }
      expect(isLost).toBe(true);
      expect(await session.ended).toMatchObject({ error: null });
      await bot.untilState("online");
      expect(await bot.custody()).toMatchObject({ wasClean: true, holderKind: "worker" });
    },
  );

  it("is kept for the one it is handed over to", async () => {
    const bot = await world.addLinkedBot();
    const [giver, taker] = [await world.addKey(), await world.addKey()];
    const session = await world.connect(bot, giver, { takeover: true });
    await session.handOver(taker.id);
    expect(await session.ended).toEqual({ reason: "handed-over", error: null });
    const next = await world.connect(bot, taker);
    expect(next).toMatchObject({ wasClean: true, epoch: session.epoch + 1 });
  });

  it("ends with its scope, and goes back to the worker", async () => {
    const bot = await world.addLinkedBot();
    {
      await using session = await world.connect(bot, await world.addKey(), { takeover: true });
      expect(session.botId).toBe(bot.id);
    }
    await bot.untilState("online");
  });

  it("is nobody's while an admin keeps it frozen", async () => {
    const bot = await world.addLinkedBot();
    const { session, socket } = await world.connectSocket(bot, await world.addKey(), { takeover: true, ttlSeconds: 5 });
    const closed = untilClosed(socket);
    await freezeLease(world.owner(), { botId: bot.id });
    await closed;
    expect(await session.ended).toMatchObject({ reason: "lost" });
    await expect(world.connect(bot, await world.addKey(), { takeover: true })).rejects.toBeInstanceOf(BotFrozenError);
  });

  it("has one socket: a newer one ends the one before", async () => {
    const bot = await world.addLinkedBot();
    const { session, socket } = await world.connectSocket(bot, await world.addKey(), { takeover: true });
    const closed = untilClosed(socket);
    const next = await openSocket(session);
    await closed;
    await next.sendMessage(bot.contact.jid, { text: "from the newer one" });
    await bot.contact.waitForText(({ text }) => text === "from the newer one");
    expect(session.signal.aborted).toBe(false);
  });

  it("ends when a socket was made and not attached, before that can say anything", async () => {
    const bot = await world.addLinkedBot();
    const onLost = vi.fn();
    const session = await world.connect(bot, await world.addKey(), { takeover: true, onLost });
    const socket = makeWASocket({ ...session.socketConfig() });
    const closed = untilClosed(socket);
    expect(await session.ended).toMatchObject({ reason: "lost", error: { reason: "write-failed" } });
    await expect(
      socket.signalRepository.encryptMessage({ jid: bot.contact.jid, data: Buffer.from("x") }),
    ).rejects.toThrow();
    await socket.end(undefined);
    await closed;
  });
});
