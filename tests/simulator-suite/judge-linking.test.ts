import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import WebSocket from "ws";
import { type SimulatedPhone, type Simulator, startSimulator, type ViolationCode } from "../simulator/index.ts";
import { BaileysClient } from "../simulator/testing/baileys-client.ts";
import { MemoryAuthState } from "../simulator/testing/memory-auth-state.ts";
import { silenceLibsignal } from "./support/linked-bot.ts";

let simulator: Simulator;
let phone: SimulatedPhone;
let client: BaileysClient;
let phoneCount = 0;

beforeAll(async () => {
  silenceLibsignal();
  simulator = await startSimulator();
});

beforeEach(() => {
  phone = simulator.createPhone({ phoneNumber: `491510000000${phoneCount++}` });
  client = new BaileysClient({ url: simulator.url });
});

afterEach(async () => {
  await client.stop();
  simulator.assertClean();
});
afterAll(() => simulator.stop());

async function expectViolation(code: ViolationCode): Promise<void> {
  if (simulator.violations.length === 0) {
    await simulator.transcript.waitFor(({ kind }) => kind === "violation", undefined, simulator.transcript.position);
  }
  expect(simulator.violations.map((violation) => violation.code)).toEqual([code]);
  simulator.forgive(code);
}

async function untilQr(): Promise<string> {
  await client.until(() => client.qr !== undefined);
  return client.qr ?? "";
}

test("a registration whose signed pre-key somebody else signed is refused", async () => {
  await client.stop();
  const auth = new MemoryAuthState();
  auth.creds.signedPreKey.signature.fill(1);
  client = new BaileysClient({ url: simulator.url, auth });
  await client.until(() => client.closeCodes.length > 0);
  await expectViolation("link.signed-pre-key");
});

test("a companion that counter-signs with another key is not linked", async () => {
  const qr = await untilQr();
  client.auth.creds.signedIdentityKey.private.fill(8);
  await expect(phone.scanQr(qr)).rejects.toThrow("device signature is wrong");
  await expectViolation("adv.pair-sign");
  expect(phone.devices).toEqual([]);
});

test("a message before login is out of turn", async () => {
  await untilQr();
  await client.sock.sendNode({ tag: "message", attrs: { id: "1", to: phone.jid }, content: [] });
  await expectViolation("stanza.before-login");
});

test("a frame that holds no stanza ends the connection", async () => {
  await untilQr();
  await client.sock.sendRawMessage(Buffer.from([0, 0xf8, 9]));
  await expectViolation("frame.undecodable");
  await client.until(() => client.closeCodes.length > 0);
});

test("a handshake that is not sealed under its own keys ends the connection", async () => {
  await untilQr();
  const socket = new WebSocket(simulator.url);
  await new Promise((resolve) => socket.once("open", resolve));
  const hello = Buffer.concat([Buffer.from([0x12, 0x22, 0x0a, 0x20]), Buffer.alloc(32, 9)]);
  const finish = Buffer.from([0x22, 0x04, 0x0a, 0x00, 0x12, 0x00]);
  const frame = (payload: Buffer) => Buffer.concat([Buffer.from([0, 0, payload.length]), payload]);
  socket.send(Buffer.concat([Buffer.from([0x57, 0x41, 6, 3]), frame(hello), frame(finish)]));
  await new Promise((resolve) => socket.once("close", resolve));
  await expectViolation("handshake.failed");
});

test("a message that names another identity key than the registration is seen", async () => {
  await phone.scanQr(await untilQr());
  await client.untilOpen();
  const { position } = simulator.transcript;
  const grace = simulator.createContact();
  const { publicKey, privateKey } = grace.device().signal.identity;
  Object.assign(client.auth.creds.signedIdentityKey, { public: publicKey, private: privateKey });
  await client.sock.sendMessage(grace.jid, { text: "from somebody else" });
  await simulator.transcript.waitFor(({ kind }) => kind === "text-received", undefined, position);
  expect(simulator.forgive("signal.wrong-identity").length).toBeGreaterThan(0);
});
