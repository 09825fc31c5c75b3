import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { eventOf, type LinkedBot, startLinkedBot } from "./support/linked-bot.ts";

let linked: LinkedBot;
let ada: SimulatedContact;

beforeAll(async () => {
  linked = await startLinkedBot();
  ada = linked.simulator.createContact({ name: "Ada" });
});

afterEach(() => linked.simulator.assertClean());
afterAll(() => linked.stop());

async function goOffline(): Promise<void> {
  const { position } = linked.simulator.transcript;
  await linked.bot.sock.end(undefined);
  await linked.simulator.transcript.waitFor(({ kind }) => kind === "closed", undefined, position);
}

async function comeBack(): Promise<void> {
  linked.bot.reconnect();
  await linked.bot.untilOpen();
}

test("calls and texts to an offline device come after the next login, marked offline, in order", async () => {
  await goOffline();
  const call = ada.placeCall(linked.phone, { as: "lid" });
  call.hangUp();
  await ada.sendText(linked.phone, "while you were away");
  expect(linked.device.outbox.waiting.map(({ tag }) => tag)).toEqual(["call", "call", "message"]);
  await comeBack();
  expect(await eventOf(linked.bot, call)).toMatchObject({ offline: true, from: ada.lid });
  expect(await eventOf(linked.bot, call, "terminate")).toMatchObject({ offline: true });
  await linked.bot.until(() => linked.bot.upserts.some(({ messages }) => messages[0]?.pushName === "Ada"));
  expect(linked.device.outbox.waiting).toEqual([]);
});

test("a call that still rings after the login can be rejected", async () => {
  await goOffline();
  const call = ada.placeCall(linked.phone);
  await comeBack();
  const event = await eventOf(linked.bot, call);
  await linked.bot.sock.rejectCall(call.id, event.from);
  await call.waitRejected();
});

test("a call may come before the connection is open, and can be rejected then", async () => {
  await goOffline();
  const call = ada.placeCall(linked.phone);
  linked.simulator.faults.delayQueries(linked.phone, 150);
  linked.bot.reconnect();
  const event = await eventOf(linked.bot, call);
  expect(linked.bot.isOpen).toBe(false);
  await linked.bot.sock.rejectCall(call.id, event.from);
  await call.waitRejected();
  linked.simulator.faults.delayQueries(linked.phone, 0);
  await linked.bot.untilOpen();
});

test("what was sent but never acknowledged is delivered again", async () => {
  linked.simulator.faults.stall(linked.device);
  const call = ada.placeCall(linked.phone);
  linked.simulator.faults.cut(linked.device);
  await linked.bot.until(() => !linked.bot.isOpen);
  await comeBack();
  expect(await eventOf(linked.bot, call)).toMatchObject({ offline: true });
  call.hangUp();
  await eventOf(linked.bot, call, "terminate");
});

test("an own phone tells its linked devices what it did with a call only after they are back", async () => {
  const call = ada.placeCall(linked.phone);
  await eventOf(linked.bot, call);
  await goOffline();
  call.acceptElsewhere();
  await comeBack();
  expect(await eventOf(linked.bot, call, "terminate")).toMatchObject({ offline: true });
});

test("a client sends back the routing information of its last login", async () => {
  await goOffline();
  const { position } = linked.simulator.transcript;
  await comeBack();
  const login = await linked.simulator.transcript.waitFor(({ kind }) => kind === "login", undefined, position);
  expect(login.detail.hasRoutingInfo).toBe(true);
});
