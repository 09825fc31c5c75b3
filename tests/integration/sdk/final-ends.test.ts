// The package comes before Baileys: imports run in their order here.
import "../../../sdk/session/src/index.ts";
import { createRecipient } from "@switchboard/core/testing/recipients";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { SwitchboardSession } from "../../../sdk/session/src/index.ts";
import type { TestBot } from "../worker/support/test-bot.ts";
import { until } from "../worker/support/until.ts";
import { lostAnswer, SdkWorld } from "./support/sdk-world.ts";

const published = z.object({ keys: z.array(z.looseObject({ use: z.string() })) });

describe("a session that is over for good", () => {
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

  const take = async () => {
    const bot = await world.addLinkedBot();
    return { bot, ...(await world.connectSocket(bot, await world.addKey(), { takeover: true })) };
  };
  const releases = () =>
    world
      .requestsTo("/lease")
      .filter(({ method }) => method === "DELETE")
      .map(({ body }) => JSON.parse(body));
  /** How the session's lease ended, which is not by running out. */
  const howGivenBack = async (bot: TestBot, session: SwitchboardSession) => {
    const { leaseId, isClean, wasClean } = await bot.custody();
    expect(leaseId).not.toBe(session.leaseId);
    return leaseId === null ? isClean : wasClean;
  };

  it("gives the bot back at once after a 440, unclean: somebody else uses the session", async () => {
    const { bot, session } = await take();
    world.worker.simulator.faults.conflict(bot.device);
    expect(await session.ended).toMatchObject({ reason: "lost", error: { reason: "connection-replaced" } });
    expect(await howGivenBack(bot, session)).toBe(false);
  });

  it("gives the bot back at once after a write that failed, also where the service has stored it", async () => {
    const { bot, session, socket } = await take();
    world.intercept = async ({ path }, pass) => {
      const answer = await pass();
      if (!path.endsWith("/batch")) return answer;
      const refusal = { type: "", title: "", status: 422, detail: "", code: "validation-failed" };
      return Response.json(refusal, { status: 422, headers: { "content-type": "application/problem+json" } });
    };
    await expect(socket.sendMessage(bot.contact.jid, { text: "never" })).rejects.toThrow();
    expect(await session.ended).toMatchObject({ reason: "lost", error: { reason: "write-failed" } });
    expect(releases().slice(-2)).toEqual([
      { finalRevision: session.revision, clean: false },
      { finalRevision: session.revision + 1, clean: false },
    ]);
    expect(await howGivenBack(bot, session)).toBe(false);
  });

  it("gives the bot back, clean, when WhatsApp will not have it any more", async () => {
    const { bot, session } = await take();
    world.worker.simulator.faults.streamError(bot.device, 403);
    expect(await session.ended).toEqual({ reason: "released", error: null });
    expect(await howGivenBack(bot, session)).toBe(true);
  });

  it("was not handed over when the request never arrived and the bot went to somebody else meanwhile", async () => {
    const { bot, session } = await take();
    const [wished, other] = [await world.addKey(), await world.addKey()];
    world.intercept = ({ path }, pass) => (path.endsWith("/handover") ? lostAnswer() : pass());
    const handing = session.handOver(wished.id).then(
      () => "handed over",
      () => "not handed over",
    );
    await until(() => world.requestsTo("/handover").length > 0);
    const next = await world.connect(bot, other, { takeover: true });
    expect(next.epoch).toBe(session.epoch + 1);
    expect(await handing).toBe("not handed over");
  });

  it("is none because the service has replaced the key that batches are sealed to: that is fetched once more", async () => {
    const { publicJwk } = await createRecipient();
    const before = world.requestsTo("/jwks.json").length;
    world.intercept = async ({ path }, pass) => {
      const answer = await pass();
      if (!path.endsWith("/jwks.json") || world.requestsTo("/jwks.json").length > before + 1) return answer;
      const { keys } = published.parse(await answer.json());
      return Response.json({ keys: keys.map((key) => (key.use === "enc" ? { ...key, ...publicJwk } : key)) });
    };
    const bot = await world.addLinkedBot();
    const key = await world.addKey({ isSealed: true });
    const { session, socket } = await world.connectSocket(bot, key, { takeover: true });
    await socket.sendMessage(bot.contact.jid, { text: "sealed anew" });
    await bot.contact.waitForText(({ text }) => text === "sealed anew");
    expect(session.signal.aborted).toBe(false);
    expect(world.requestsTo("/jwks.json").length).toBe(before + 2);
  });
});
