import { type BinaryNode, encodeSignedDeviceIdentity, proto } from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { expectViolation } from "./support/expect-violation.ts";
import { type LinkedBot, startLinkedBot } from "./support/linked-bot.ts";

let linked: LinkedBot;
let ada: SimulatedContact;

beforeAll(async () => {
  linked = await startLinkedBot();
  ada = linked.simulator.createContact({ devices: 2 });
  await linked.bot.sock.sendMessage(ada.lid, { text: "open the sessions" });
  await ada.waitForText();
});

afterEach(() => linked.simulator.assertClean());
afterAll(() => linked.stop());

const send = (node: BinaryNode) => linked.bot.sock.sendNode(node);

async function encryptFor(jid: string): Promise<BinaryNode> {
  const message = proto.Message.encode({ conversation: "by hand" }).finish();
  const data = Buffer.concat([message, Buffer.from([1])]);
  const { type, ciphertext } = await linked.bot.sock.signalRepository.encryptMessage({ jid, data });
  return { tag: "to", attrs: { jid }, content: [{ tag: "enc", attrs: { v: "2", type }, content: ciphertext }] };
}

function message(to: string, participants: BinaryNode[], rest: BinaryNode[] = [], id?: string): BinaryNode {
  const attrs = { id: id ?? linked.bot.sock.generateMessageTag(), to, type: "text" };
  return { tag: "message", attrs, content: [{ tag: "participants", attrs: {}, content: participants }, ...rest] };
}

async function participants(): Promise<BinaryNode[]> {
  const own = proto.Message.encode({
    deviceSentMessage: { destinationJid: ada.lid, message: { conversation: "by hand" } },
  }).finish();
  const jid = linked.phone.lid;
  const { type, ciphertext } = await linked.bot.sock.signalRepository.encryptMessage({
    jid,
    data: Buffer.concat([own, Buffer.from([1])]),
  });
  const copy: BinaryNode = {
    tag: "to",
    attrs: { jid },
    content: [{ tag: "enc", attrs: { v: "2", type }, content: ciphertext }],
  };
  return [await encryptFor(ada.lid), await encryptFor(`${ada.lid.split("@")[0]}:1@lid`), copy];
}

const identity = (): BinaryNode => {
  const { account } = linked.bot.auth.creds;
  if (account === undefined) throw new Error("not linked");
  return { tag: "device-identity", attrs: {}, content: encodeSignedDeviceIdentity(account, true) };
};

test("what the other tests of this file do by hand is clean when it is done right", async () => {
  await send(message(ada.lid, await participants(), [identity()]));
  await ada.waitForText(({ text }) => text === "by hand");
});

describe("the fan-out of a message", () => {
  test("that leaves out a device", async () => {
    await send(message(ada.lid, (await participants()).slice(1), [identity()]));
    await expectViolation(linked, "fanout.missing-device");
  });

  test("that addresses a device twice", async () => {
    const all = await participants();
    await send(message(ada.lid, [...all, await encryptFor(ada.lid)], [identity()]));
    await expectViolation(linked, "fanout.duplicate-device");
  });

  test("that addresses somebody else", async () => {
    const grace = linked.simulator.createContact();
    await linked.bot.sock.assertSessions([grace.lid], true);
    await send(message(ada.lid, [...(await participants()), await encryptFor(grace.lid)], [identity()]));
    await expectViolation(linked, "fanout.unexpected-device");
  });

  test("to a device instead of a person", async () => {
    const jid = `${ada.lid.split("@")[0]}:1@lid`;
    await send(message(jid, [await encryptFor(jid)], [identity()]));
    await expectViolation(linked, "message.addressed-to-device");
  });

  test("to nobody", async () => {
    await send(message("4999999999999@s.whatsapp.net", [], []));
    await expectViolation(linked, "message.unknown-recipient");
  });

  test("without a ciphertext", async () => {
    await send(message(ada.lid, [], [identity()]));
    await expectViolation(linked, "message.wrong-content");
    linked.simulator.forgive("fanout.missing-device");
  });
});

describe("a message", () => {
  test("under an id of another chat", async () => {
    const grace = linked.simulator.createContact();
    await send(message(ada.lid, await participants(), [identity()], "3EB0TWICE"));
    await linked.bot.sock.sendMessage(grace.lid, { text: "same id" }, { messageId: "3EB0TWICE" });
    await expectViolation(linked, "message.reused-id");
  });

  test("that uses a message key again", async () => {
    const all = await participants();
    await send(message(ada.lid, all, [identity()]));
    await send(message(ada.lid, all, [identity()]));
    await expectViolation(linked, "signal.counter-reused");
    await expectViolation(linked, "signal.undecryptable");
  });

  test("that opens a session without the device's identity", async () => {
    const grace = linked.simulator.createContact();
    await linked.bot.sock.assertSessions([grace.lid], true);
    await send(message(grace.lid, [await encryptFor(grace.lid)]));
    await expectViolation(linked, "adv.identity-missing");
    linked.simulator.forgive("fanout.missing-device");
  });

  test("with an identity that the phone never signed", async () => {
    const { account } = linked.bot.auth.creds;
    const forged = encodeSignedDeviceIdentity({ ...account, deviceSignature: Buffer.alloc(64, 1) }, true);
    const all = await participants();
    await send(message(ada.lid, all, [{ tag: "device-identity", attrs: {}, content: forged }]));
    await expectViolation(linked, "adv.message-identity");
  });
});
