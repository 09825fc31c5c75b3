import { jidNormalizedUser } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SimulatedPhone, type Simulator, startSimulator } from "../simulator/index.ts";
import { type BaileysClient, linkBaileysClient } from "../simulator/testing/baileys-client.ts";

let simulator: Simulator;
let phone: SimulatedPhone;
let bot: BaileysClient;

beforeAll(async () => {
  simulator = await startSimulator();
  phone = simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Bot" });
  ({ client: bot } = await linkBaileysClient({ url: simulator.url }, phone));
});

afterAll(async () => {
  await bot.stop();
  await simulator.stop();
});

test("a linked client rejects a call and texts the caller", async () => {
  const caller = simulator.createContact({ name: "Ada" });
  const call = caller.placeCall(phone, { as: "lid" });
  await bot.until(() => bot.calls.length > 0);
  const event = bot.calls[0];
  expect(event).toMatchObject({ id: call.id, from: caller.lid, callerPn: caller.jid, status: "offer" });
  await bot.sock.rejectCall(call.id, event?.from ?? "");
  await call.waitRejected();
  expect(call.state).toBe("rejected");
  await bot.sock.sendMessage(jidNormalizedUser(event?.from ?? ""), { text: "Please write instead." });
  const received = await caller.waitForText();
  expect(received.text).toBe("Please write instead.");
  expect(received.chat).toBe(caller.lid);
  expect(phone.inbox.map(({ text, chat }) => [text, chat])).toEqual([["Please write instead.", caller.lid]]);
  simulator.assertClean();
});
