import { afterEach, beforeEach, expect, test } from "vitest";
import { type SimulatedPhone, type Simulator, startSimulator } from "../simulator/index.ts";
import { BaileysClient } from "../simulator/testing/baileys-client.ts";

let simulator: Simulator;
let phone: SimulatedPhone;
let bot: BaileysClient;

beforeEach(async () => {
  simulator = await startSimulator();
  phone = simulator.createPhone({ phoneNumber: "4915100000001" });
  bot = new BaileysClient({ url: simulator.url });
  await bot.until(() => bot.qr !== undefined);
});

afterEach(async () => {
  await bot.stop();
  await simulator.stop();
});

async function requestCode(): Promise<string> {
  const code = await bot.sock.requestPairingCode("4915100000001");
  await simulator.transcript.waitFor(({ kind }) => kind === "code-requested");
  return code;
}

test("a client is linked by a pairing code and comes online", async () => {
  const device = await phone.typePairingCode(await requestCode());
  await bot.untilOpen();
  expect(bot.auth.creds.me?.id).toBe(device.jid);
  expect(bot.closeCodes).toEqual([515]);
  simulator.assertClean();
});

test("a wrong pairing code links nothing", async () => {
  await requestCode();
  await expect(phone.typePairingCode("AAAAAAAA")).rejects.toThrow("the pairing code is wrong");
  expect(phone.devices).toEqual([]);
  simulator.assertClean();
});

test("a client that connects again before its code is typed is refused with 401", async () => {
  await requestCode();
  await bot.sock.end(undefined);
  const count = bot.closeCodes.length;
  bot.reconnect();
  await bot.until(() => bot.closeCodes.length > count);
  expect(bot.closeCodes.at(-1)).toBe(401);
  simulator.assertClean();
});

test("a phone that refuses links nothing", async () => {
  phone.linkRefusal = "passkey-required";
  await expect(phone.scanQr(bot.qr ?? "")).rejects.toThrow("passkey-required");
  await expect(phone.typePairingCode(await requestCode())).rejects.toThrow("passkey-required");
  expect(phone.devices).toEqual([]);
});

test("a QR code with another key than the registration is refused", async () => {
  const fields = (bot.qr ?? "").split(",");
  fields[1] = Buffer.alloc(32, 1).toString("base64");
  await expect(phone.scanQr(fields.join(","))).rejects.toThrow("other keys");
  expect(simulator.forgive("link.wrong-keys")).toHaveLength(1);
});
