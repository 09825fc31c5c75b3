// The package comes before Baileys: imports run in their order here.
import "../../../sdk/session/src/index.ts";
import { revokeLease } from "@switchboard/core/services/custody/revoke-lease";
import type { WASocket } from "@whiskeysockets/baileys";
import { SenderKeyMessage } from "@whiskeysockets/baileys/lib/Signal/Group/sender-key-message.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBotAuthState } from "../../../worker/src/whatsapp/auth/bot-auth-state.ts";
import { MemoryStore } from "../../../worker/src/whatsapp/auth/testing/memory-store.ts";
import { openSocket } from "../../../worker/src/whatsapp/auth/testing/open-socket.ts";
import { SdkWorld } from "./support/sdk-world.ts";

const GROUP = "120363000000000001@g.us";
const MEMBER = "7788@lid";
const MESSAGES = 6;
/** What a recovery skips of each chain, in messages. */
const SKIPPED = 64;

type Repository = WASocket["signalRepository"];

const numbered = (from: number) => Array.from({ length: MESSAGES }, (_, index) => `message ${from + index}`);

/** Writes to the group; the ciphertexts, and what hands the sender key out. */
async function write(repository: Repository, meId: string, texts: readonly string[]) {
  const written = [];
  for (const text of texts)
    written.push(await repository.encryptGroupMessage({ group: GROUP, meId, data: Buffer.from(text) }));
  return written;
}

async function read(repository: Repository, authorJid: string, messages: Awaited<ReturnType<typeof write>>) {
  const texts = [];
  for (const { ciphertext: msg } of messages) {
    texts.push(Buffer.from(await repository.decryptGroupMessage({ group: GROUP, authorJid, msg })).toString());
  }
  return texts;
}

const learn = (repository: Repository, authorJid: string, [first]: Awaited<ReturnType<typeof write>>) =>
  repository.processSenderKeyDistributionMessage({
    authorJid,
    item: { groupId: GROUP, axolotlSenderKeyDistributionMessage: first?.senderKeyDistributionMessage ?? null },
  });

/** Chain and step of each message. */
const stepsOf = (messages: Awaited<ReturnType<typeof write>>) =>
  messages.map(({ ciphertext }) => {
    const message = new SenderKeyMessage(null, null, null, null, ciphertext);
    return { chain: message.getKeyId(), step: message.getIteration() };
  });

describe("the keys of a group, held by one program after the other", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    await world.worker.startWorker();
  });
  afterAll(() => world.close());

  it("use no step of a chain twice, across a clean hand-over and a revocation, and read on where they stopped", async () => {
    const member = openSocket(await openBotAuthState(new MemoryStore(), { whenMissing: "mint" })).repository;
    const bot = await world.addLinkedBot();
    const [one, two, three] = [await world.addKey(), await world.addKey(), await world.addKey()];

    const first = await world.connectSocket(bot, one, { takeover: true });
    const meId = first.socket.authState.creds.me?.lid ?? "";
    const before = await write(first.socket.signalRepository, meId, numbered(0));
    await learn(member, meId, before);
    const heard = await write(member, MEMBER, numbered(0));
    await learn(first.socket.signalRepository, MEMBER, heard);
    expect(await read(first.socket.signalRepository, MEMBER, heard)).toEqual(numbered(0));
    await first.session.handOver(two.id);

    const second = await world.connectSocket(bot, two);
    expect(second.session.wasClean).toBe(true);
    const after = await write(second.socket.signalRepository, meId, numbered(MESSAGES));
    const heardAfter = await write(member, MEMBER, numbered(MESSAGES));
    expect(await read(second.socket.signalRepository, MEMBER, heardAfter)).toEqual(numbered(MESSAGES));
    await revokeLease(world.owner(), { botId: bot.id });
    await second.session.ended;

    const third = await world.connectSocket(bot, three, { takeover: true });
    const recovered = await write(third.socket.signalRepository, meId, numbered(2 * MESSAGES));
    expect(await read(member, meId, [...before, ...after, ...recovered])).toEqual(
      [0, 1, 2].flatMap((round) => numbered(round * MESSAGES)),
    );
    const steps = stepsOf([...before, ...after, ...recovered]);
    expect(new Set(steps.map(({ chain }) => chain)).size).toBe(1);
    expect(new Set(steps.map(({ step }) => step)).size).toBe(3 * MESSAGES);
    const lastKept = steps[2 * MESSAGES - 1]?.step ?? 0;
    expect(steps[2 * MESSAGES]?.step ?? 0).toBeGreaterThan(lastKept + SKIPPED);
  });
});
