import { afterAll, beforeAll, expect, test } from "vitest";
import { type SimulatedPhone, type Simulator, startSimulator } from "../simulator/index.ts";
import { BaileysClient, linkBaileysClient } from "../simulator/testing/baileys-client.ts";
import { MemoryAuthState } from "../simulator/testing/memory-auth-state.ts";
import { silenceLibsignal } from "./support/linked-bot.ts";

let simulator: Simulator;
const phones: SimulatedPhone[] = [];
const bots: BaileysClient[] = [];

beforeAll(async () => {
  silenceLibsignal();
  simulator = await startSimulator();
  for (const phoneNumber of ["4915100000001", "4915100000002"]) {
    const phone = simulator.createPhone({ phoneNumber });
    const { client, device } = await linkBaileysClient({ url: simulator.url }, phone);
    await phone.waitDelivered(device);
    phones.push(phone);
    bots.push(client);
  }
});

afterAll(async () => {
  for (const bot of bots) await bot.stop();
  await simulator.stop();
});

function part(index: number): { phone: SimulatedPhone; bot: BaileysClient } {
  const phone = phones[index];
  const bot = bots[index];
  if (!phone || !bot) throw new Error(`no bot ${index}`);
  return { phone, bot };
}

const hasText = (bot: BaileysClient, text: string) =>
  bot.upserts.some(({ messages }) =>
    messages.some(({ message }) => (message?.conversation ?? message?.extendedTextMessage?.text) === text),
  );

test("a call rings only on the phone it is for", async () => {
  const call = simulator.createContact().placeCall(part(1).phone);
  await part(1).bot.until(() => part(1).bot.calls.length === 1);
  await part(1).bot.sock.rejectCall(call.id, call.appearance.creator);
  expect(call.state).toBe("rejected");
  expect(part(0).bot.calls).toEqual([]);
});

test("a call cannot be rejected by the bot of another account", async () => {
  const call = simulator.createContact().placeCall(part(1).phone);
  await part(0)
    .bot.sock.rejectCall(call.id, call.appearance.creator)
    .catch(() => undefined);
  expect(simulator.forgive("call.reject-unknown")).toHaveLength(1);
  expect(call.state).toBe("ringing");
  call.hangUp();
});

test("two bots write to each other, and the other's phone gets it too", async () => {
  await part(0).bot.sock.sendMessage(part(1).phone.jid, { text: "from one bot" });
  await part(1).bot.until(() => hasText(part(1).bot, "from one bot"));
  await part(1).phone.waitForText(({ text }) => text === "from one bot");
  await part(1).bot.sock.sendMessage(part(0).phone.jid, { text: "from the other" });
  await part(0).bot.until(() => hasText(part(0).bot, "from the other"));
  simulator.assertClean();
});

test("a client that goes on from an old copy of its state uses a message key again", async () => {
  const ada = simulator.createContact();
  const { bot } = part(0);
  await bot.sock.sendMessage(ada.lid, { text: "one" });
  await ada.waitForText(({ text }) => text === "one");
  const oldCopy = new MemoryAuthState(bot.auth.serialize());
  await bot.sock.sendMessage(ada.lid, { text: "two" });
  await ada.waitForText(({ text }) => text === "two");
  await bot.stop();
  const restored = new BaileysClient({ url: simulator.url, auth: oldCopy });
  bots[0] = restored;
  await restored.untilOpen();
  const { position } = simulator.transcript;
  await restored.sock.sendMessage(ada.lid, { text: "three" });
  await simulator.transcript.waitFor(({ kind }) => kind === "message", undefined, position);
  expect(simulator.forgive("signal.counter-reused")[0]?.message).toContain("with another ciphertext");
});
