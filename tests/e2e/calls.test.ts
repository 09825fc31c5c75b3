import { blockedContactSchema } from "@switchboard/core/services/blocks/schemas";
import { commandAcceptedSchema } from "@switchboard/core/services/bots/schemas";
import { callListSchema } from "@switchboard/core/services/calls/schemas";
import { callBlockingSchema } from "@switchboard/core/services/settings/schemas";
import { namedBotId } from "@switchboard/core/testing/named-ids";
import { blockedContacts, callBlockingSettings, events, whatsappCalls } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { type PairedBot, pairByQr, waitForState } from "./support/bots.ts";
import { blocksOf, callsOf, callThatRings, enableScreening, REPLY, waitForCall } from "./support/calls.ts";
import { Installation } from "./support/installation.ts";
import { DEADLINE_MS, eventually } from "./support/poll.ts";

const PARALLEL_CALLS = 50;

let installation: Installation;
let bot: PairedBot;

beforeAll(async () => {
  installation = await Installation.startSetUp();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Front desk" });
  bot = await pairByQr(installation, "Front desk", phone);
  await enableScreening(installation, bot.id);
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
});

test("three calls ring, the fourth is rejected on the wire and its text is read by the caller; REST shows the block", async () => {
  const ada = newCaller();
  for (const count of [1, 2, 3]) expect(await ring(ada)).toMatchObject({ outcome: "allowed", windowCount: count });
  const fourth = ada.placeCall(bot.phone);
  await fourth.waitRejected(DEADLINE_MS);
  const text = await ada.waitForText(({ text }) => text === REPLY, DEADLINE_MS);
  expect(text.sender).toBe(bot.device.jid);
  const shown = await waitForCall(installation, bot, fourth, ({ replyStatus }) => replyStatus !== "pending");
  expect(shown).toMatchObject({ outcome: "blocked", reason: "limit-exceeded", rejectStatus: "confirmed" });
  expect(["sent", "delivered"]).toContain(shown.replyStatus);
  const [block] = await blocksFor(ada);
  expect(block).toMatchObject({ id: shown.blockId, type: "temporary", origin: "limit", active: true });
  expect(Date.parse(block?.expiresAt ?? "") - Date.parse(block?.createdAt ?? "")).toBe(24 * 3_600_000);
});

test("a block is over by the clock alone, and the next call rings", async () => {
  const bea = newCaller();
  await exceedLimit(bea);
  const [block] = await blocksFor(bea);
  const db = await installation.database();
  const blockId = block?.id ?? "";
  const past = { expiresAtMs: Date.now() - 1 };
  await db.writeBatch((tx) => [tx.update(blockedContacts).set(past).where(eq(blockedContacts.id, blockId))]);
  expect(await ring(bea)).toMatchObject({ outcome: "allowed", reason: "default-ring", windowCount: 1 });
  expect(await blocksFor(bea)).toEqual([]);
  expect(await getBlock(blockId)).toMatchObject({ active: false, endCause: "expired" });
});

test("a call that is delivered again, late or at once, is one call", async () => {
  const cleo = newCaller();
  const call = cleo.placeCall(bot.phone);
  await waitForCall(installation, bot, call);
  call.redeliver();
  call.redeliver(true);
  await bot.phone.waitDelivered(bot.device, DEADLINE_MS);
  call.hangUp();
  expect(await ring(cleo)).toMatchObject({ windowCount: 2 });
  expect(await callsOf(installation, bot, cleo)).toHaveLength(2);
});

test("a call from while the bot was stopped is logged late and left alone, although its caller is blocked", async () => {
  const dora = newCaller();
  await block(dora);
  await installation.rest.done("POST", `/api/bots/${bot.id}/stop`);
  await waitForState(installation, bot.id, "stopped");
  const call = dora.placeCall(bot.phone);
  await installation.rest.done("POST", `/api/bots/${bot.id}/start`);
  const untouched = { late: true, offline: true, outcome: "observed", reason: "late", rejectStatus: "none" };
  expect(await waitForCall(installation, bot, call)).toMatchObject({ ...untouched, replyStatus: "none" });
  await waitForState(installation, bot.id, "online");
  expect(call.state).toBe("ringing");
  call.hangUp();
});

test("a group call is logged and left alone, although its caller is blocked", async () => {
  const elif = newCaller();
  await block(elif);
  const call = elif.placeCall(bot.phone, { group: "120363000000000001", kind: "video" });
  const untouched = { kind: "group", reason: "group-ignored", counted: false, rejectStatus: "none" };
  expect(await waitForCall(installation, bot, call)).toMatchObject({ ...untouched, replyStatus: "none" });
  expect(call.rejects).toEqual([]);
  call.hangUp();
});

test("video calls count like voice calls", async () => {
  const fay = newCaller();
  await ring(fay);
  expect(await ring(fay, { kind: "video" })).toMatchObject({ kind: "video", counted: true, windowCount: 2 });
  await ring(fay);
  const fourth = fay.placeCall(bot.phone, { kind: "video" });
  await fourth.waitRejected(DEADLINE_MS);
  expect(await waitForCall(installation, bot, fourth)).toMatchObject({ kind: "video", reason: "limit-exceeded" });
});

test("a caller of whom only the LID is known is counted, blocked and answered under it", async () => {
  const gia = installation.simulator.createContact({ lid: "270000000000001", name: "Gia" });
  await exceedLimit(gia);
  await gia.waitForText(({ text, chat }) => text === REPLY && chat.endsWith("@lid"), DEADLINE_MS);
  const [block] = await blocksFor(gia);
  expect(block).toMatchObject({ lid: "270000000000001", phoneNumber: null, origin: "limit" });
});

test("a block by number turns the caller away who shows only a LID, once both are known to be one person", async () => {
  const hana = installation.simulator.createContact({ name: "Hana", isLidTold: false });
  await block(hana);
  const byLid = { as: "lid", withCallerPn: false } as const;
  await callThatRings(installation, bot, () => hana.placeCall(bot.phone, byLid));
  await hana.placeCall(bot.phone, { as: "lid" }).waitRejected(DEADLINE_MS);
  const hidden = hana.placeCall(bot.phone, byLid);
  await hidden.waitRejected(DEADLINE_MS);
  const shown = await waitForCall(installation, bot, hidden);
  expect(shown).toMatchObject({ reason: "blocked-manual", caller: { phoneNumber: hana.phoneNumber } });
  expect(new Set((await callsOf(installation, bot, hana)).map(({ caller }) => caller.id)).size).toBe(1);
});

test("a block by number holds at once for a caller who shows only a LID, when WhatsApp tells the LID of the number", async () => {
  const iris = installation.simulator.createContact({ name: "Iris" });
  await block(iris);
  await eventually(
    () => blocksFor(iris),
    (blocks) => blocks.some(({ mayNotMatchYet }) => !mayNotMatchYet),
  );
  const hidden = iris.placeCall(bot.phone, { as: "lid", withCallerPn: false });
  await hidden.waitRejected(DEADLINE_MS);
  const caller = { phoneNumber: iris.phoneNumber, lid: iris.lid.split("@")[0] };
  expect(await waitForCall(installation, bot, hidden)).toMatchObject({ reason: "blocked-manual", caller });
});

test("of many calls at once exactly three ring, and one block with one event is made", async () => {
  const ines = newCaller();
  const calls = Array.from({ length: PARALLEL_CALLS }, () => ines.placeCall(bot.phone));
  const views = [];
  for (const call of calls)
    views.push(await waitForCall(installation, bot, call, ({ rejectStatus }) => rejectStatus !== "pending"));
  const ringing = calls.filter(({ state }) => state === "ringing");
  expect(ringing).toHaveLength(3);
  expect(views.filter(({ outcome }) => outcome === "allowed")).toHaveLength(3);
  expect(views.filter(({ rejectStatus }) => rejectStatus === "confirmed")).toHaveLength(PARALLEL_CALLS - 3);
  const made = views.filter(({ reason }) => reason === "limit-exceeded");
  expect(made).toHaveLength(1);
  const [blockOfInes, ...others] = (await blocksOf(installation, bot, "all")).filter(isOf(ines));
  expect(others).toEqual([]);
  expect(blockOfInes).toMatchObject({ id: made[0]?.blockId, hitCount: PARALLEL_CALLS - 4 });
  expect(await countEvents("block.created", ines)).toBe(1);
  for (const call of ringing) call.hangUp();
});

test("a call that is answered on the phone gets no text", async () => {
  const { faults } = installation.simulator;
  const jana = newCaller();
  await block(jana);
  faults.refuseRejects(bot.phone, 500, 3);
  const call = jana.placeCall(bot.phone);
  await call.waitRejectSeen(DEADLINE_MS);
  call.acceptElsewhere();
  const shown = await waitForCall(installation, bot, call, ({ replyStatus }) => replyStatus !== "pending");
  expect(shown).toMatchObject({ ended: "answered-elsewhere", replyStatus: "moot" });
  expect(jana.inbox).toEqual([]);
  faults.refuseRejects(bot.phone, 500, 0);
});

test("unblocking over REST lets the next call ring, and restoring the block turns it away again", async () => {
  const kim = newCaller();
  await exceedLimit(kim);
  const [found] = await blocksFor(kim);
  const path = `/api/bots/${bot.id}/blocked-contacts/${found?.id}`;
  await installation.rest.done("DELETE", path, { reason: "apologised" });
  expect(await ring(kim)).toMatchObject({ outcome: "allowed", windowCount: 1 });
  await installation.rest.done("POST", `${path}/restore`);
  await kim.placeCall(bot.phone).waitRejected(DEADLINE_MS);
});

test("a call that rings is rejected because somebody asks for it over REST", async () => {
  const lena = newCaller();
  const call = lena.placeCall(bot.phone);
  const { id } = await waitForCall(installation, bot, call);
  const path = `/api/bots/${bot.id}/calls/${id}/reject`;
  await installation.rest.send("POST", path, undefined, commandAcceptedSchema);
  await call.waitRejected(DEADLINE_MS);
  const shown = await waitForCall(installation, bot, call, ({ rejectStatus }) => rejectStatus === "confirmed");
  expect(shown).toMatchObject({ outcome: "allowed", replyStatus: "none" });
  const again = await installation.rest.ask("POST", path);
  expect(again).toMatchObject({ status: 409, body: { code: "call-ended" } });
});

test("after error 463 no text goes out any more, and rejecting goes on", async () => {
  const [mona, nora] = [newCaller(), newCaller()];
  for (const caller of [mona, nora]) await block(caller);
  await eventually(
    () => installation.rest.get(`/api/bots/${bot.id}/calls?limit=200`, callListSchema),
    ({ items }) => items.every(({ replyStatus }) => replyStatus !== "pending"),
  );
  installation.simulator.faults.failMessages(bot.phone, { code: 463, count: 1 });
  const first = mona.placeCall(bot.phone);
  await first.waitRejected(DEADLINE_MS);
  const failed = await waitForCall(installation, bot, first, ({ replyStatus }) => replyStatus !== "pending");
  expect(failed).toMatchObject({ rejectStatus: "confirmed", replyStatus: "failed" });
  const settings = await installation.rest.get(`/api/bots/${bot.id}/call-blocking`, callBlockingSchema);
  expect(settings.repliesSuspended).toMatchObject({ reason: "error-463" });
  const second = nora.placeCall(bot.phone);
  await second.waitRejected(DEADLINE_MS);
  const held = await waitForCall(installation, bot, second, ({ rejectStatus }) => rejectStatus !== "pending");
  expect(held).toMatchObject({ rejectStatus: "confirmed", replyStatus: "suspended" });
  expect([...mona.inbox, ...nora.inbox]).toEqual([]);
});

test("with screening off a blocked caller rings and is only logged", async () => {
  await endSuspension();
  const olga = newCaller();
  await block(olga);
  await enableScreening(installation, bot.id, { enabled: false });
  const call = olga.placeCall(bot.phone);
  const shown = await waitForCall(installation, bot, call);
  expect(shown).toMatchObject({ outcome: "observed", reason: "not-enabled", rejectStatus: "none" });
  expect(call.state).toBe("ringing");
});

test("no call has two rows, no secret was printed, and the server saw no rule broken", async () => {
  const db = await installation.database();
  const rows = await db.reader.select({ callId: whatsappCalls.callId }).from(whatsappCalls);
  expect(new Set(rows.map(({ callId }) => callId)).size).toBe(rows.length);
  expect(installation.secrets.leakedInto(installation.logs)).toEqual([]);
  installation.simulator.assertClean();
});

function newCaller(): SimulatedContact {
  return installation.simulator.createContact({ name: "Caller" });
}

const ring = (caller: SimulatedContact, options: { kind?: "video" } = {}) =>
  callThatRings(installation, bot, () => caller.placeCall(bot.phone, options));

async function exceedLimit(caller: SimulatedContact): Promise<void> {
  for (let count = 1; count <= 3; count++) await ring(caller);
  await caller.placeCall(bot.phone).waitRejected(DEADLINE_MS);
}

const block = (caller: SimulatedContact): Promise<void> =>
  installation.rest.done("POST", `/api/bots/${bot.id}/blocked-contacts`, { phoneNumber: caller.phoneNumber });

const isOf = (caller: SimulatedContact) => (names: { phoneNumber: string | null; lid: string | null }) =>
  caller.phoneNumber === null ? `${names.lid}@lid` === caller.lid : names.phoneNumber === caller.phoneNumber;

const blocksFor = async (caller: SimulatedContact) => (await blocksOf(installation, bot)).filter(isOf(caller));

const getBlock = (blockId: string) =>
  installation.rest.get(`/api/bots/${bot.id}/blocked-contacts/${blockId}`, blockedContactSchema);

async function countEvents(type: string, caller: SimulatedContact): Promise<number> {
  const db = await installation.database();
  const ofType = and(eq(events.type, type), eq(events.botId, namedBotId(bot.id)));
  const rows = await db.reader.select({ data: events.data }).from(events).where(ofType);
  return rows.filter(({ data }) => data.phoneNumber === caller.phoneNumber).length;
}

async function endSuspension(): Promise<void> {
  const db = await installation.database();
  const over = { repliesSuspendedUntilMs: Date.now() - 1 };
  const isBots = eq(callBlockingSettings.botId, namedBotId(bot.id));
  await db.writeBatch((tx) => [tx.update(callBlockingSettings).set(over).where(isBots)]);
}
