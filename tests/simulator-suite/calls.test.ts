import { type BinaryNode, isLidUser } from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PlaceCallOptions, SimulatedContact } from "../simulator/index.ts";
import { eventOf, type LinkedBot, startLinkedBot } from "./support/linked-bot.ts";

let linked: LinkedBot;
let caller: SimulatedContact;
let hidden: SimulatedContact;
const rawCalls: BinaryNode[] = [];

beforeAll(async () => {
  linked = await startLinkedBot({ config: { defaultQueryTimeoutMs: 400 } });
  linked.bot.sock.ws.on("CB:call", (node: BinaryNode) => rawCalls.push(node));
  caller = linked.simulator.createContact({ name: "Ada", devices: 2 });
  hidden = linked.simulator.createContact({ lid: "123456789012345" });
});

afterEach(() => linked.simulator.assertClean());
afterAll(() => linked.stop());

function rawReason(callId: string): string | undefined {
  const children = rawCalls.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return children.find(({ tag, attrs }) => tag === "terminate" && attrs["call-id"] === callId)?.attrs.reason;
}

describe("a call is rejected by the address its offer came from", () => {
  const cases: [string, PlaceCallOptions, "known" | "hidden"][] = [
    ["voice from a number", { as: "pn" }, "known"],
    ["video from a number", { as: "pn", kind: "video" }, "known"],
    ["voice from a LID that shows its number", { as: "lid" }, "known"],
    ["video from a LID without number", { as: "lid", kind: "video", withCallerPn: false }, "known"],
    ["voice from somebody who has only a LID", {}, "hidden"],
    ["voice from a companion device", { as: "lid", device: 1 }, "known"],
    ["a group call", { as: "lid", group: "120363000000000001" }, "known"],
    ["a compressed offer", { as: "lid", compressed: true }, "known"],
  ];
  test.each(cases)("%s", async (_name, options, who) => {
    const from = who === "known" ? caller : hidden;
    const call = from.placeCall(linked.phone, options);
    const event = await eventOf(linked.bot, call);
    const isByLid = isLidUser(event.from) === true;
    const isNumberShown = isByLid && options.withCallerPn !== false && who === "known";
    expect(event).toMatchObject({ isVideo: options.kind === "video", isGroup: options.group !== undefined });
    expect(event.callerPn).toBe(isNumberShown ? from.jid : undefined);
    expect(event.groupJid).toBe(options.group && `${options.group}@g.us`);
    await linked.bot.sock.rejectCall(call.id, event.from);
    expect(await call.waitRejected()).toMatchObject({ device: linked.device.jid, isAddressedRight: true });
  });
});

test("a LID call that is rejected by the number rings on until it is rejected by the LID", async () => {
  const call = caller.placeCall(linked.phone, { as: "lid" });
  await eventOf(linked.bot, call);
  await linked.bot.sock.rejectCall(call.id, caller.jid);
  expect(await call.waitRejectSeen()).toMatchObject({ isAddressedRight: false, isEffective: false });
  expect(call.state).toBe("ringing");
  expect(linked.simulator.forgive("call.reject-misaddressed")).toHaveLength(1);
  await linked.bot.sock.rejectCall(call.id, caller.lid);
  await call.waitRejected();
  expect(call.state).toBe("rejected");
});

test.each([
  ["hangUp", "terminate", undefined],
  ["timeOut", "timeout", "timeout"],
  ["acceptElsewhere", "terminate", "accepted_elsewhere"],
  ["rejectElsewhere", "terminate", "rejected_elsewhere"],
] as const)("%s ends a call with status %s and raw reason %s", async (act, status, reason) => {
  const call = caller.placeCall(linked.phone, { as: "lid" });
  await eventOf(linked.bot, call);
  call[act]();
  await eventOf(linked.bot, call, status);
  expect(rawReason(call.id)).toBe(reason);
  expect(await call.waitSettled()).toBe("ended");
});

test.each(["relaylatency", "transport", "preaccept"] as const)(
  "a call announced by %s can be rejected",
  async (first) => {
    const call = caller.placeCall(linked.phone, { as: "lid", first });
    const event = await eventOf(linked.bot, call, first);
    await linked.bot.sock.rejectCall(call.id, event.from);
    await call.waitRejected();
  },
);

test("a group call announced by offer_notice tells its group", async () => {
  const call = caller.placeCall(linked.phone, { group: "120363000000000002", first: "offer_notice" });
  expect(await eventOf(linked.bot, call)).toMatchObject({ isGroup: true, groupJid: "120363000000000002@g.us" });
  call.terminate("group_call_ended");
  await eventOf(linked.bot, call, "terminate");
});

test("a late offer is marked offline and dated by the moment of the call", async () => {
  const at = new Date(1_700_000_000_000);
  const call = caller.placeCall(linked.phone, { offline: true, at });
  expect(await eventOf(linked.bot, call)).toMatchObject({ offline: true, date: at });
  call.hangUp();
});

test("a redelivered offer comes twice with the same call id", async () => {
  const call = caller.placeCall(linked.phone);
  await eventOf(linked.bot, call);
  call.redeliver();
  await linked.bot.until(() => linked.bot.calls.filter(({ id }) => id === call.id).length === 2);
  call.hangUp();
  await eventOf(linked.bot, call, "terminate");
});

test("a compressed offer and the hang-up right after it both arrive", async () => {
  const call = caller.placeCall(linked.phone, { compressed: true });
  call.hangUp();
  await Promise.all([eventOf(linked.bot, call), eventOf(linked.bot, call, "terminate")]);
});

describe("a reject says nothing about the call when the server", () => {
  test("ends the call but never acknowledges", async () => {
    linked.simulator.faults.dropRejectAcks(linked.phone);
    const call = caller.placeCall(linked.phone);
    await linked.bot.sock.rejectCall(call.id, caller.jid);
    expect(call.state).toBe("rejected");
  });

  test("acknowledges but lets it ring", async () => {
    linked.simulator.faults.ignoreRejects(linked.phone);
    const call = caller.placeCall(linked.phone);
    await linked.bot.sock.rejectCall(call.id, caller.jid);
    expect(call.state).toBe("ringing");
    await linked.bot.sock.rejectCall(call.id, caller.jid);
    expect(call.state).toBe("rejected");
  });

  test("acknowledges with an error and lets it ring", async () => {
    linked.simulator.faults.refuseRejects(linked.phone, 500);
    const call = caller.placeCall(linked.phone);
    await linked.bot.sock.rejectCall(call.id, caller.jid);
    expect(call.state).toBe("ringing");
    call.hangUp();
  });
});

test("a reject after the call has ended changes nothing", async () => {
  const call = caller.placeCall(linked.phone);
  call.hangUp();
  await linked.bot.sock.rejectCall(call.id, caller.jid);
  expect(await call.waitRejectSeen()).toMatchObject({ isEffective: false });
  expect(call.state).toBe("ended");
});
