import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { LeaseLostError, StaleEpochError, SwitchboardError } from "../../../sdk/session/src/index.ts";
import type { TestBot } from "../worker/support/test-bot.ts";
import { until } from "../worker/support/until.ts";
import { untilClosed } from "./support/open-socket.ts";
import { lostAnswer, SdkWorld, type SeenRequest } from "./support/sdk-world.ts";

/** Short, with a margin before its end that a slow machine does not use up. */
const TTL_SECONDS = 10;

describe("a session whose writes or whose lease fail", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    await world.worker.startWorker();
  });
  afterEach(() => {
    world.intercept = null;
    world.worker.simulator.assertClean();
  });
  afterAll(() => world.close());

  const connect = async (options: Parameters<SdkWorld["connectSocket"]>[2] = {}) => {
    const bot = await world.addLinkedBot();
    const onLost = vi.fn<(error: Error) => void>();
    const connected = await world.connectSocket(bot, await world.addKey(), { takeover: true, onLost, ...options });
    await connected.socket.sendMessage(bot.contact.jid, { text: "the first" });
    await bot.untilQuiet();
    return { bot, onLost, ...connected };
  };
  const texts = (bot: TestBot) => bot.contact.inbox.map(({ text }) => text);

  it("repeats a write whose answer was lost, word by word, and the message leaves once", async () => {
    const { bot, session, socket } = await connect();
    const before = world.requestsTo("/batch").length;
    const { revision } = session;
    let losses = 0;
    world.intercept = async ({ path }, pass) => {
      const answer = await pass();
      if (!path.endsWith("/batch") || losses === 2) return answer;
      losses += 1;
      return lostAnswer();
    };
    await socket.sendMessage(bot.contact.jid, { text: "sent once" });
    await bot.contact.waitForText(({ text }) => text === "sent once");
    const writes = world.requestsTo("/batch").slice(before);
    expect(writes).toHaveLength(3);
    expect(new Set(writes.map(({ body }) => body)).size).toBe(1);
    expect(new Set(writes.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1);
    expect(session.revision).toBe(revision + 1);
    expect(texts(bot).filter((text) => text === "sent once")).toHaveLength(1);
  });

  it("sends nothing once another holder was granted the bot, and ends its socket with the refused write", async () => {
    const { bot, session, socket, onLost } = await connect();
    const closed = untilClosed(socket);
    await revokeLease(world.owner(), { botId: bot.id });
    await expect(socket.sendMessage(bot.contact.jid, { text: "from a zombie" })).rejects.toThrow();
    await closed;
    expect(await session.ended).toMatchObject({ reason: "lost" });
    expect(onLost).toHaveBeenCalledOnce();
    const [error] = onLost.mock.calls[0] ?? [];
    expect(error instanceof StaleEpochError || error instanceof LeaseLostError).toBe(true);
    expect(() => session.socketConfig()).toThrow(SwitchboardError);
    await bot.untilState("online");
    expect(texts(bot)).not.toContain("from a zombie");
  });

  it("keeps its socket while the service is away for less than its lease, and writes what waited", async () => {
    const { bot, session, socket } = await connect({ ttlSeconds: 30 });
    world.intercept = () => lostAnswer();
    const before = world.requests.length;
    const sent = socket.sendMessage(bot.contact.jid, { text: "after the outage" });
    await until(() => world.requests.length > before + 1);
    expect(texts(bot)).not.toContain("after the outage");
    world.intercept = null;
    await sent;
    await bot.contact.waitForText(({ text }) => text === "after the outage");
    expect(session.signal.aborted).toBe(false);
  });

  it("ends its socket by its own clock, before the service lets anybody else in", async () => {
    const { bot, session, socket, onLost } = await connect({ ttlSeconds: TTL_SECONDS });
    const closedAtMs = untilClosed(socket).then(() => Date.now());
    world.intercept = () => lostAnswer();
    const sent = socket.sendMessage(bot.contact.jid, { text: "never" }).catch((error: unknown) => error);
    await closedAtMs;
    const { expiresAtMs, epoch } = await bot.custody();
    expect(epoch).toBe(session.epoch);
    expect(await closedAtMs).toBeLessThan(expiresAtMs);
    expect(await sent).toBeInstanceOf(Error);
    expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: "not-renewed-in-time" }));
    expect(texts(bot)).not.toContain("never");
  });

  it("sends no frame once its deadline passed while no timer ran, also one that stores nothing", async () => {
    const { session, socket, onLost } = await connect();
    const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 30_000);
    try {
      const node = { tag: "presence", attrs: { type: "available", name: "bot" } };
      await expect(socket.sendNode(node)).rejects.toThrow();
    } finally {
      now.mockRestore();
    }
    expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: "not-renewed-in-time" }));
    expect(await session.ended).toMatchObject({ reason: "lost" });
  });

  it("stops at a 440 and does not come back by itself", async () => {
    const { bot, session, onLost } = await connect();
    const logins = bot.loginCount;
    world.worker.simulator.faults.conflict(bot.device);
    expect(await session.ended).toMatchObject({ reason: "lost", error: { reason: "connection-replaced" } });
    expect(onLost).toHaveBeenCalledOnce();
    expect(() => session.socketConfig()).toThrow(SwitchboardError);
    expect(bot.loginCount).toBe(logins);
  });

  it("asks for the lease once, also where the answer that granted it was lost", async () => {
    const bot = await world.addLinkedBot();
    const { epoch } = await bot.custody();
    let isLost = false;
    world.intercept = async ({ path, method }, pass) => {
      const answer = await pass();
      if (isLost || method !== "POST" || !path.endsWith("/lease") || answer.status !== 201) return answer;
      isLost = true;
      return lostAnswer();
    };
    const session = await world.connect(bot, await world.addKey(), { takeover: true });
    expect(isLost).toBe(true);
    expect(session.epoch).toBe(epoch + 1);
  });

  it("asks for a longer life in time, and keeps epoch and socket", async () => {
    const bot = await world.addLinkedBot();
    world.intercept = async ({ path, method, body }, pass) => {
      const answer = await pass();
      if (method !== "POST" || !path.endsWith("/lease") || body.includes("extends")) return answer;
      const granted = z.looseObject({ expiresAt: z.string() }).parse(await answer.json());
      return Response.json({ ...granted, maxExpiresAt: granted.expiresAt }, { status: answer.status });
    };
    const session = await world.connect(bot, await world.addKey(), { takeover: true });
    const isExtension = ({ path, body }: SeenRequest) => path.endsWith("/lease") && body.includes("extends");
    await until(() => world.requests.some(isExtension));
    expect(JSON.parse(world.requests.find(isExtension)?.body ?? "{}")).toMatchObject({
      extends: { leaseId: session.leaseId, epoch: session.epoch },
    });
    await until(async () => (await bot.custody()).maxExpiresAtMs !== null);
    expect(session.signal.aborted).toBe(false);
  });

  it("takes a refused revision for its own write where that is what is stored, and ends where it is not", async () => {
    const { bot, session, socket } = await connect();
    const { revision } = session;
    const refusal = {
      type: "/problems/precondition-failed",
      title: "",
      status: 412,
      detail: "",
      code: "precondition-failed",
    };
    const refuse = () =>
      Response.json(refusal, { status: 412, headers: { "content-type": "application/problem+json" } });
    world.intercept = async ({ path }, pass) => {
      const answer = await pass();
      return path.endsWith("/batch") ? refuse() : answer;
    };
    await socket.sendMessage(bot.contact.jid, { text: "stored all the same" });
    await bot.contact.waitForText(({ text }) => text === "stored all the same");
    expect(session.revision).toBe(revision + 1);
    world.intercept = ({ path }, pass) => (path.endsWith("/batch") ? refuse() : pass());
    await expect(socket.sendMessage(bot.contact.jid, { text: "not stored" })).rejects.toThrow();
    expect(await session.ended).toMatchObject({ reason: "lost", error: { reason: "write-failed" } });
    expect(texts(bot)).not.toContain("not stored");
  });
});
