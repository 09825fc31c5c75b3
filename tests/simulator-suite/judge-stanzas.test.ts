import { type BinaryNode, S_WHATSAPP_NET } from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { expectViolation, query } from "./support/expect-violation.ts";
import { eventOf, type LinkedBot, startLinkedBot } from "./support/linked-bot.ts";

let linked: LinkedBot;
let ada: SimulatedContact;

beforeAll(async () => {
  linked = await startLinkedBot();
  ada = linked.simulator.createContact({ devices: 2 });
});

afterEach(() => linked.simulator.assertClean());
afterAll(() => linked.stop());

const send = (node: BinaryNode) => linked.bot.sock.sendNode(node);

describe("pre-keys", () => {
  const bytes = (length: number, fill: number) => Buffer.alloc(length, fill);
  const upload = (id: Buffer, signature?: Buffer, identityKey?: Uint8Array): BinaryNode[] => {
    const { signedIdentityKey, signedPreKey, registrationId } = linked.bot.auth.creds;
    const registration = Buffer.alloc(4);
    registration.writeUInt32BE(registrationId);
    const keyId = Buffer.from([0, 0, signedPreKey.keyId]);
    const key = (value: Uint8Array, idBytes: Buffer): BinaryNode[] => [
      { tag: "id", attrs: {}, content: idBytes },
      { tag: "value", attrs: {}, content: value },
    ];
    const skey = [
      ...key(signature ? bytes(32, 8) : signedPreKey.keyPair.public, keyId),
      { tag: "signature", attrs: {}, content: signature ?? signedPreKey.signature },
    ];
    return [
      { tag: "registration", attrs: {}, content: registration },
      { tag: "type", attrs: {}, content: bytes(1, 5) },
      { tag: "identity", attrs: {}, content: identityKey ?? signedIdentityKey.public },
      { tag: "list", attrs: {}, content: [{ tag: "key", attrs: {}, content: key(bytes(32, 9), id) }] },
      { tag: "skey", attrs: {}, content: skey },
    ];
  };

  test("under an id that was uploaded before", async () => {
    await send(query("encrypt", "set", upload(Buffer.from([0, 0, 1]))));
    await expectViolation(linked, "pre-key.reused-id");
  });

  test("of another identity", async () => {
    await send(query("encrypt", "set", upload(Buffer.from([1, 0, 1]), undefined, bytes(32, 7))));
    await expectViolation(linked, "pre-key.malformed");
  });

  test("with a signature of somebody else", async () => {
    await send(query("encrypt", "set", upload(Buffer.from([2, 0, 1]), bytes(64, 3))));
    await expectViolation(linked, "pre-key.signature");
  });
});

describe("an acknowledgement", () => {
  test("of nothing", async () => {
    await send({ tag: "ack", attrs: { id: "NOTHING", class: "call", to: ada.lid } });
    await expectViolation(linked, "ack.unmatched");
  });

  test("sent to somebody else than the sender", async () => {
    linked.simulator.faults.stall(linked.device);
    const call = ada.placeCall(linked.phone);
    for (const connection of linked.simulator.world.connections) connection.isStalled = false;
    const id = linked.device.outbox.waiting[0]?.attrs.id ?? "";
    await send({ tag: "ack", attrs: { id, class: "call", to: "4999999999999@s.whatsapp.net" } });
    await expectViolation(linked, "ack.wrong-address");
    call.hangUp();
    await eventOf(linked.bot, call, "terminate");
  });

  test("by receipt, of a message that never was", async () => {
    await send({ tag: "receipt", attrs: { id: "NEVER", to: ada.lid } });
    await expectViolation(linked, "receipt.unknown-message");
  });
});

describe("a query", () => {
  test("under an id that was used on this connection", async () => {
    await send(query("w:p", "get", [], "once"));
    await send(query("w:p", "get", [], "once"));
    await expectViolation(linked, "query.reused-id");
  });

  test("result that answers nothing", async () => {
    await send({ tag: "iq", attrs: { id: "unasked", to: S_WHATSAPP_NET, type: "result" } });
    await expectViolation(linked, "query.unmatched-result");
  });

  test("of a namespace nobody knows is an unknown stanza and gets an error", async () => {
    await expect(linked.bot.sock.query(query("w:unheard-of", "get", []))).rejects.toThrow();
    expect(linked.simulator.unknownStanzas.map(({ stanza }) => stanza.attrs.xmlns)).toEqual(["w:unheard-of"]);
    linked.simulator.world.judge.unknownStanzas.length = 0;
  });
});

describe("a reject", () => {
  const reject = (callId: string, to: string, creator: string, from = linked.device.jid): BinaryNode => ({
    tag: "call",
    attrs: { id: `reject-${callId}-${from}-${to}-${creator}`, from, to },
    content: [{ tag: "reject", attrs: { "call-id": callId, "call-creator": creator, count: "0" } }],
  });

  test("of a call that never was", async () => {
    await send(reject("NEVER", ada.lid, ada.lid));
    await expectViolation(linked, "call.reject-unknown");
  });

  test("that names one caller outside and another inside", async () => {
    const call = ada.placeCall(linked.phone, { as: "lid" });
    await eventOf(linked.bot, call);
    await send(reject(call.id, ada.lid, ada.jid));
    await expectViolation(linked, "call.reject-malformed");
    call.hangUp();
  });

  test("from another address than the device's own", async () => {
    const call = ada.placeCall(linked.phone, { as: "lid" });
    await eventOf(linked.bot, call);
    await send(reject(call.id, ada.lid, ada.lid, ada.jid));
    await expectViolation(linked, "call.reject-malformed");
    call.hangUp();
  });

  test("by the number of a caller shown by LID", async () => {
    const call = ada.placeCall(linked.phone, { as: "lid" });
    await eventOf(linked.bot, call);
    await send(reject(call.id, ada.jid, ada.jid));
    await expectViolation(linked, "call.reject-misaddressed");
    expect(call.state).toBe("ringing");
    call.hangUp();
  });
});

test("a clean list is what fails a test: every violation is named in the error", () => {
  linked.simulator.world.judge.report("ack.unmatched", "made up");
  expect(() => linked.simulator.assertClean()).toThrow("ack.unmatched: made up");
  linked.simulator.forgive("ack.unmatched");
});
