import { type WAMessage, type WAMessageKey, WAMessageStatus } from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SimulatedContact, TranscriptEvent } from "../simulator/index.ts";
import { type LinkedBot, startLinkedBot } from "./support/linked-bot.ts";

let linked: LinkedBot;
let ada: SimulatedContact;

beforeAll(async () => {
  // Its own cache of sent messages is keyed by the chat, so it needs this for a retry of a companion device.
  const getMessage = async ({ id }: WAMessageKey) => remembered.get(id ?? "");
  linked = await startLinkedBot({ config: { getMessage } });
  ada = linked.simulator.createContact({ name: "Ada", devices: 3 });
});

afterEach(() => linked.simulator.assertClean());
afterAll(() => linked.stop());

/** What the bot's own store of sent messages would hold. */
const remembered = new Map<string, { conversation: string }>();

const textOf = ({ message }: WAMessage) => message?.conversation ?? message?.extendedTextMessage?.text ?? null;

/** A status may come by itself or merged into the event of the message. */
async function untilStatus(id: string | null | undefined, wanted: WAMessage["status"]): Promise<void> {
  const { bot } = linked;
  const isUpdated = () => bot.updates.some(({ key, update }) => key.id === id && update.status === wanted);
  const messages = () => bot.upserts.flatMap((upsert) => upsert.messages);
  await bot.until(() => isUpdated() || messages().some(({ key, status }) => key.id === id && status === wanted));
}

async function arrived(text: string): Promise<WAMessage> {
  const find = () => linked.bot.upserts.flatMap(({ messages }) => messages).find((message) => textOf(message) === text);
  await linked.bot.until(() => find() !== undefined);
  const message = find();
  if (message === undefined) throw new Error(`${text} did not arrive`);
  return message;
}

describe("a text of the bot reaches every device of the other side and the own phone", () => {
  test.each(["pn", "lid"] as const)("in a chat by %s", async (space) => {
    const chat = space === "pn" ? ada.jid : ada.lid;
    const text = `to every device by ${space}`;
    await linked.bot.sock.sendMessage(chat, { text });
    expect(await ada.waitForText((received) => received.text === text)).toMatchObject({ chat });
    expect(ada.companionInbox.filter((received) => received.text === text)).toHaveLength(2);
    expect(await linked.phone.waitForText((copy) => copy.text === text)).toMatchObject({ chat });
  });

  test("and the status of the message becomes delivered", async () => {
    const sent = await linked.bot.sock.sendMessage(ada.jid, { text: "delivered?" });
    await untilStatus(sent?.key.id, WAMessageStatus.DELIVERY_ACK);
  });
});

test("a text to the own number reaches the own phone", async () => {
  await linked.bot.sock.sendMessage(linked.phone.jid, { text: "note to self" });
  await linked.phone.waitForText(({ text }) => text === "note to self");
});

describe("a text of a contact reaches the bot", () => {
  test("from a number, with the LID beside it", async () => {
    await ada.sendText(linked.phone, "from the number", { as: "pn" });
    const { key, pushName } = await arrived("from the number");
    expect({ ...key, pushName }).toMatchObject({ remoteJid: ada.jid, remoteJidAlt: ada.lid, pushName: "Ada" });
  });

  test("from a LID, with the number beside it", async () => {
    await ada.sendText(linked.phone, "from the LID", { as: "lid" });
    expect((await arrived("from the LID")).key).toMatchObject({ remoteJid: ada.lid, remoteJidAlt: ada.jid });
  });

  test("from somebody who has only a LID", async () => {
    const hidden = linked.simulator.createContact({ lid: "222222222222222" });
    await hidden.sendText(linked.phone, "no number here");
    expect((await arrived("no number here")).key).toMatchObject({ remoteJid: hidden.lid, remoteJidAlt: undefined });
  });

  test("from a companion device", async () => {
    await ada.sendText(linked.phone, "from the tablet", { device: 2 });
    await arrived("from the tablet");
  });

  test("and the sender sees it read", async () => {
    await ada.sendText(linked.phone, "read me");
    await linked.bot.sock.readMessages([(await arrived("read me")).key]);
    await linked.simulator.transcript.waitFor(({ kind, detail }) => kind === "receipt" && detail.type === "read");
  });
});

describe("a text that cannot be decrypted is asked for again", () => {
  test.each([0, 1])("by the bot, of device %i of the sender", async (device) => {
    const text = `second try of device ${device}`;
    await ada.sendText(linked.phone, text, { device, corrupted: true });
    await arrived(text);
  });

  test.each([1, 2])("by the contact, and the bot sends it again, %i times", async (count) => {
    const text = `once more, ${count}`;
    const grace = linked.simulator.createContact({ name: "Grace", devices: 2 });
    await linked.bot.sock.sendMessage(grace.jid, { text: "open the session" });
    await grace.waitForText();
    grace.failNextDecrypt(count);
    await linked.bot.sock.sendMessage(grace.jid, { text });
    await grace.waitForText((received) => received.text === text);
  });

  test("by one companion, and only that one gets it again", async () => {
    const { transcript } = linked.simulator;
    const grace = linked.simulator.createContact({ devices: 2 });
    grace.failNextDecrypt(1, 1);
    const { position } = transcript;
    remembered.set("3EB0FACE", { conversation: "for the tablet" });
    await linked.bot.sock.sendMessage(grace.lid, { text: "for the tablet" }, { messageId: "3EB0FACE" });
    await transcript.waitFor(({ kind }) => kind === "companion-text-received", undefined, position);
    expect(grace.companionInbox.map(({ text }) => text)).toEqual(["for the tablet"]);
    expect(grace.inbox).toHaveLength(1);
  });
});

describe("a refused message", () => {
  test.each([463, 403])("with error %i reaches nobody and is reported to the client", async (code) => {
    const stranger = linked.simulator.createContact();
    linked.simulator.faults.failMessages(linked.phone, { code, count: 1 });
    const sent = await linked.bot.sock.sendMessage(stranger.lid, { text: "refused" });
    await untilStatus(sent?.key.id, WAMessageStatus.ERROR);
    expect(stranger.inbox).toEqual([]);
    await linked.bot.sock.sendMessage(stranger.lid, { text: "after it" });
    await stranger.waitForText(({ text }) => text === "after it");
  });

  test("for a time-lock lets the client ask for its end", async () => {
    const endsAt = new Date(2_000_000_000_000);
    linked.simulator.faults.setTimelock(linked.phone, { endsAt, enforcementType: "WEB_COMPANION_ONLY" });
    expect(await linked.bot.sock.fetchAccountReachoutTimelock()).toEqual({
      isActive: true,
      timeEnforcementEnds: endsAt,
      enforcementType: "WEB_COMPANION_ONLY",
    });
  });
});

test("a device added by a contact gets the next text", async () => {
  const grace = linked.simulator.createContact();
  await linked.bot.sock.sendMessage(grace.jid, { text: "before" });
  await grace.waitForText();
  const { position } = linked.simulator.transcript;
  grace.addDevice([linked.phone]);
  const isAcked = ({ kind, detail }: TranscriptEvent) => kind === "acked" && detail.tag === "notification";
  await linked.simulator.transcript.waitFor(isAcked, undefined, position);
  await linked.bot.sock.sendMessage(grace.jid, { text: "after" });
  await grace.waitForText(({ text }) => text === "after");
  expect(grace.companionInbox.map(({ text }) => text)).toEqual(["after"]);
});

test("a client that runs out of one-time keys on the server uploads more", async () => {
  linked.simulator.faults.drainPreKeys(linked.device, 1);
  await linked.simulator.transcript.waitFor(
    ({ kind, detail }) => kind === "pre-keys-uploaded" && Number(detail.stock) < 100,
  );
  expect(linked.device.preKeys.size).toBe(6);
});

test("somebody whom the account blocks reaches no linked device", async () => {
  const pest = linked.simulator.createContact();
  const mapping = [{ lid: pest.lid, pn: pest.jid }];
  await linked.bot.sock.signalRepository.lidMapping.storeLIDPNMappings(mapping);
  await linked.bot.sock.updateBlockStatus(pest.lid, "block");
  expect(await linked.bot.sock.fetchBlocklist()).toEqual([pest.lid]);
  await pest.sendText(linked.phone, "blocked");
  pest.placeCall(linked.phone);
  expect(linked.device.outbox.waiting).toEqual([]);
  await linked.bot.sock.updateBlockStatus(pest.lid, "unblock");
  await pest.sendText(linked.phone, "unblocked");
  await arrived("unblocked");
});
