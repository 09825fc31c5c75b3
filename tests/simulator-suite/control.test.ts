import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { control } from "../simulator/control/control-client.ts";
import { type Simulator, startSimulator } from "../simulator/index.ts";
import { BaileysClient } from "../simulator/testing/baileys-client.ts";
import { silenceLibsignal } from "./support/linked-bot.ts";

const PHONE = "4915100000001";
let simulator: Simulator;
let folder: string;
let client: BaileysClient;

beforeAll(async () => {
  silenceLibsignal();
  folder = await mkdtemp(join(tmpdir(), "simulator-"));
  simulator = await startSimulator({ controlPort: 0, stateFile: join(folder, "state.json") });
  client = new BaileysClient({ url: simulator.url });
});

afterAll(async () => {
  await client.stop();
  await simulator.stop();
  await rm(folder, { recursive: true });
});

const command = (line: string, body?: object) => control(simulator.controlUrl ?? "", line, body);

describe("over the control port", () => {
  test("a phone is made and links the client whose QR code it scans", async () => {
    await command("POST /phones", { phoneNumber: PHONE, pushName: "Bot" });
    await client.until(() => client.qr !== undefined);
    expect(await command(`POST /phones/${PHONE}/scan`, { qr: client.qr })).toMatchObject({ device: 1 });
    await client.untilOpen();
    expect(await command("GET /people")).toMatchObject([{ linkedDevices: [{ isOnline: true }] }]);
  });

  test("a call is placed and its rejection reported", async () => {
    client.sock.ev.on("call", ([event]) => void (event && client.sock.rejectCall(event.id, event.from)));
    const call = await command("POST /calls", { from: "4915199999999", to: PHONE, as: "lid", callId: "CALL1" });
    expect(call).toMatchObject({ id: "CALL1", state: "ringing" });
    expect(await command("GET /calls/CALL1/settled")).toMatchObject({
      state: "rejected",
      rejects: [{ isEffective: true }],
    });
  });

  test("a text is sent, and the answer stands in the inbox", async () => {
    await command("POST /messages", { from: "4915199999999", to: PHONE, text: "hello" });
    await client.until(() => client.upserts.some(({ messages }) => messages[0]?.message?.conversation === "hello"));
    await client.sock.sendMessage("4915199999999@s.whatsapp.net", { text: "hello yourself" });
    await simulator.transcript.waitFor(
      ({ kind, detail }) => kind === "text-received" && detail.text === "hello yourself",
    );
    expect(await command("GET /people/+4915199999999/inbox")).toMatchObject([{ text: "hello yourself" }]);
  });

  test("a fault is injected", async () => {
    await command("POST /faults", { fault: "stream-error", phone: PHONE, code: 503 });
    await client.until(() => client.closeCodes.includes(503));
    client.reconnect();
    await client.untilOpen();
  });

  test("violations are listed and forgotten", async () => {
    simulator.world.judge.report("ack.unmatched", "made up");
    expect(await command("GET /violations")).toMatchObject({ violations: [{ code: "ack.unmatched" }] });
    await command("DELETE /violations");
    expect(await command("GET /violations")).toEqual({ violations: [], unknownStanzas: [] });
  });

  test.each([
    ["POST /faults", { fault: "nonsense" }, "there are refuse-upgrade"],
    ["POST /calls", { from: "1" }, "expected string"],
    ["GET /people/4900000/inbox", undefined, "nobody with the number"],
    ["POST /nonsense", {}, "no such command"],
    [`POST /phones/${PHONE}/code`, { code: "ABCDEFGH" }, "asked for a code"],
  ])("%s that makes no sense is refused with a reason", async (line, body, reason) => {
    await expect(command(line, body)).rejects.toThrow(reason);
  });
});

test("a simulator started again with its state file knows its people, and a linked client logs in", async () => {
  const { noiseRootKey } = simulator;
  await client.stop();
  await simulator.stop();
  simulator = await startSimulator({ controlPort: 0, stateFile: join(folder, "state.json") });
  expect(simulator.noiseRootKey).toBe(noiseRootKey);
  client = new BaileysClient({ url: simulator.url, auth: client.auth });
  await client.untilOpen();
  await command("POST /messages", { from: "4915199999999", to: PHONE, text: "still in session" });
  const isThere = () =>
    client.upserts.some(({ messages }) => messages[0]?.message?.conversation === "still in session");
  await client.until(isThere);
  await client.sock.sendMessage("4915199999999@s.whatsapp.net", { text: "so am I" });
  await simulator.transcript.waitFor(({ kind, detail }) => kind === "text-received" && detail.text === "so am I");
  simulator.assertClean();
});
