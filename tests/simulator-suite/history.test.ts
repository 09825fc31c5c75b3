import { afterAll, beforeAll, expect, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { BaileysClient } from "../simulator/testing/baileys-client.ts";
import { type LinkedBot, startLinkedBot } from "./support/linked-bot.ts";

let linked: LinkedBot;
let contacts: SimulatedContact[];

beforeAll(async () => {
  linked = await startLinkedBot({
    contacts: (simulator) => {
      contacts = ["Ada", "Grace"].map((name) => simulator.createContact({ name }));
      return contacts;
    },
    config: { appStateMacVerification: { patch: true, snapshot: true } },
  });
});
afterAll(() => linked.stop());

test("a new device learns the LIDs of the phone's contacts from the history", async () => {
  const { lidMapping } = linked.bot.sock.signalRepository;
  await linked.bot.until(() => linked.bot.auth.creds.accountSyncCounter > 0);
  for (const { jid, lid } of contacts) expect(await lidMapping.getLIDForPN(jid)).toBe(lid);
});

test("a new device gets the app-state key and reads the account's name with it", async () => {
  await linked.bot.until(() => linked.bot.auth.creds.me?.name === "Bot");
  expect(linked.bot.auth.creds.myAppStateKeyId).toBe(linked.phone.appStateKey.keyId.toString("base64"));
});

test("a device's change of the app state is kept and given to the next one", async () => {
  await linked.bot.sock.chatModify({ mute: 3_600_000 }, contacts[0]?.jid ?? "");
  const { appState } = linked.phone.account;
  expect(appState.version("regular_high")).toBe(1);
  const second = new BaileysClient({ url: linked.simulator.url });
  await second.until(() => second.qr !== undefined);
  await linked.phone.scanQr(second.qr ?? "");
  await second.untilOpen();
  await second.until(() => second.auth.creds.accountSyncCounter > 0);
  expect(second.auth.creds.me?.name).toBe("Bot");
  await second.stop();
});

test("both linked devices ring, and the one that did not reject hears of it", async () => {
  const second = new BaileysClient({ url: linked.simulator.url });
  await second.until(() => second.qr !== undefined);
  await linked.phone.scanQr(second.qr ?? "");
  await second.untilOpen();
  const call = linked.simulator.createContact().placeCall(linked.phone);
  await second.until(() => second.calls.some(({ id }) => id === call.id));
  await linked.bot.sock.rejectCall(call.id, call.appearance.creator);
  await second.until(() => second.calls.some(({ id, status }) => id === call.id && status === "terminate"));
  expect(linked.bot.calls.filter(({ id, status }) => id === call.id && status === "terminate")).toEqual([]);
  await second.stop();
  linked.simulator.assertClean();
});
