import { createRecipient } from "@switchboard/core/testing/recipients";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  createRecipientKey,
  type PrivateKeyJwk,
  SealError,
  signRecipientChallenge,
} from "../../../sdk/session/src/index.ts";
import { SdkWorld, type TestKey } from "./support/sdk-world.ts";

const publishedKeys = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });

describe("a session that travels sealed", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    await world.worker.startWorker();
  });
  afterEach(() => {
    world.intercept = null;
  });
  afterAll(() => world.close());

  const refuses = async (key: TestKey, options: Parameters<SdkWorld["connect"]>[2] = {}) => {
    const bot = await world.addLinkedBot();
    const error: unknown = await world.connect(bot, key, { takeover: true, ...options }).catch((err: unknown) => err);
    await bot.untilState("online");
    return error;
  };

  it("shows nothing of itself on the way, in either direction", async () => {
    const bot = await world.addLinkedBot();
    const answers: string[] = [];
    world.intercept = async ({ path }, pass) => {
      const answer = await pass();
      if (/\/session(\/(read|batch))?$/.test(path)) answers.push(await answer.clone().text());
      return answer;
    };
    const { socket } = await world.connectSocket(bot, await world.addKey({ isSealed: true }), { takeover: true });
    await socket.sendMessage(bot.contact.jid, { text: "sealed" });
    await bot.contact.waitForText(({ text }) => text === "sealed");
    const bodies = [...answers, ...world.requestsTo("/batch").map(({ body }) => body)];
    expect(bodies.length).toBeGreaterThan(5);
    expect(bodies.join()).not.toMatch(/"creds"|"session":\{|chainKey|noiseKey|"Buffer"/);
    for (const body of world.requestsTo("/batch").map((request) => JSON.parse(request.body)))
      expect(Object.keys(body).sort()).toEqual(["sealed", "seq"]);
    world.worker.simulator.assertClean();
  });

  it("is not opened with another key than the registered one", async () => {
    const key = await world.addKey({ isSealed: true });
    const error = await refuses({ ...key, recipient: await createRecipient() });
    expect(error).toBeInstanceOf(SealError);
  });

  it("is not opened without a key, and a plain one is not taken where a sealed one is due", async () => {
    expect(await refuses({ ...(await world.addKey({ isSealed: true })), recipient: null })).toBeInstanceOf(SealError);
    const plain = await world.addKey();
    expect(await refuses({ ...plain, recipient: await createRecipient() })).toBeInstanceOf(SealError);
  });

  it("is refused when a key that is not pinned signed it", async () => {
    const serverKeys = { keys: [] };
    expect(await refuses(await world.addKey({ isSealed: true }), { serverKeys })).toBeInstanceOf(SealError);
  });

  it("is opened with pinned keys that are never asked for", async () => {
    const answer = await fetch(`${world.url}/.well-known/jwks.json`);
    const serverKeys = publishedKeys.parse(await answer.json());
    const asked = world.requestsTo("/jwks.json").length;
    const bot = await world.addLinkedBot();
    await world.connectSocket(bot, await world.addKey({ isSealed: true }), { takeover: true, serverKeys });
    expect(world.requestsTo("/jwks.json").length).toBe(asked);
  });

  it("can be sealed to a key of the package's own making, whose proof the service takes", async () => {
    const { privateJwk, publicJwk } = await createRecipientKey();
    const key = await world.addKey();
    const challenge = await world.challenge(key.id, publicJwk);
    await world.register(key.id, publicJwk, await signRecipientChallenge({ privateJwk, keyId: key.id, challenge }));
    const bot = await world.addLinkedBot();
    const recipientKey: PrivateKeyJwk = privateJwk;
    const session = await world.connect(bot, key, { takeover: true, recipientKey });
    expect(session.epoch).toBeGreaterThan(0);
  });
});
