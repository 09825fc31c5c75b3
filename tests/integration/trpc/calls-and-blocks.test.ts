import {
  addScreeningBot,
  callFromNumber,
  type ScreeningBot,
  screen,
  uniquePhoneNumber,
} from "@switchboard/core/testing/calls";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SwitchboardClient } from "../../../sdk/client/src/index.ts";
import { createTrpcTest, failureOf, issueToken, refusalOf, type TrpcTest } from "./support.ts";

let api: TrpcTest;
let bot: ScreeningBot;
let botId: string;
let client: SwitchboardClient;

beforeAll(async () => {
  api = await createTrpcTest();
  bot = await addScreeningBot(api.test, { dailyLimit: 1 });
  botId = bot.botId;
  client = api.clientOf(await issueToken(api.test, bot.owner));
});
afterAll(() => api.dispose());

/** One call of this number, half a second old. */
const call = (phoneNumber: string) => screen(api.test, bot, callFromNumber(api.test, phoneNumber));

it("shows a call, why it was decided so, and what is left of the limit", async () => {
  const phoneNumber = uniquePhoneNumber();
  await call(phoneNumber);
  const { items, statistics, filters } = await client.calls.list.query({ botId, caller: phoneNumber });
  expect(items).toMatchObject([{ outcome: "allowed", caller: { phoneNumber } }]);
  expect(statistics.total).toBeGreaterThan(0);
  expect(filters).toMatchObject({ caller: phoneNumber, outcome: null });
  const callId = items[0]?.id ?? "";
  expect(await client.calls.get.query({ botId, callId })).toEqual(items[0]);
  const limit = await client.calls.limit.query({ botId, caller: phoneNumber });
  expect(limit).toMatchObject({ current_usage: 1, max_allowed: 1, time_period: "P1D", block: null });
});

it("filters and counts blocked calls", async () => {
  const phoneNumber = uniquePhoneNumber();
  await call(phoneNumber);
  api.test.clock.advanceMs(60_000);
  await call(phoneNumber);
  const filter = { botId, caller: phoneNumber, outcome: "blocked" as const };
  expect((await client.calls.list.query(filter)).items).toMatchObject([{ reason: "limit-exceeded" }]);
  expect((await client.calls.statistics.query({ botId })).byOutcome.blocked).toBeGreaterThan(0);
  const backwards = { botId, from: "2025-03-11T00:00:00Z", to: "2025-03-10T00:00:00Z" };
  expect(await refusalOf(client.calls.list.query(backwards))).toBe("validation-failed");
  expect(await refusalOf(client.calls.statistics.query(backwards))).toBe("validation-failed");
});

it("rejects a call that rings, and not one that is over", async () => {
  const phoneNumber = uniquePhoneNumber();
  await call(phoneNumber);
  const callId = (await client.calls.list.query({ botId, caller: phoneNumber })).items[0]?.id ?? "";
  expect(await client.calls.reject.mutate({ botId, callId })).toEqual({ commandId: expect.stringMatching(/^cmd_/) });
  api.test.clock.advanceMs(10 * 60_000);
  expect(await refusalOf(client.calls.reject.mutate({ botId, callId }))).toBe("call-ended");
});

it("blocks a caller, lifts the block and restores it", async () => {
  const phoneNumber = uniquePhoneNumber();
  const { contact, isNew } = await client.blocks.add.mutate({
    botId,
    phoneNumber: `+${phoneNumber}`,
    type: "permanent",
  });
  expect({ isNew, ...contact }).toMatchObject({ isNew: true, phoneNumber, active: true, type: "permanent" });
  const contactId = contact.id;
  expect(await client.blocks.get.query({ botId, contactId })).toEqual(contact);
  expect((await client.blocks.add.mutate({ botId, phoneNumber, hours: 1 })).isNew).toBe(false);
  expect(await client.blocks.lift.mutate({ botId, contactId, reason: "sorry" })).toMatchObject({ active: false });
  expect((await client.blocks.list.query({ botId, search: phoneNumber })).items).toEqual([]);
  expect(await client.blocks.restore.mutate({ botId, contactId })).toMatchObject({ id: contactId, active: true });
  expect((await client.blocks.list.query({ botId, search: phoneNumber })).items).toMatchObject([{ id: contactId }]);
});

it("takes exactly one name of the caller to block", async () => {
  const none = await failureOf(client.blocks.add.mutate({ botId }));
  expect(none).toMatchObject({ code: "validation-failed", errors: [{ path: "phoneNumber" }] });
});

it("keeps the allow list before the blocks", async () => {
  const phoneNumber = uniquePhoneNumber();
  const allowed = await client.allows.add.mutate({ botId, phoneNumber, note: "the boss" });
  expect((await client.allows.list.query({ botId, search: phoneNumber })).items).toEqual([allowed]);
  expect(await refusalOf(client.blocks.add.mutate({ botId, phoneNumber }))).toBe("allow-conflict");
  await client.allows.remove.mutate({ botId, allowId: allowed.id });
  expect((await client.blocks.add.mutate({ botId, phoneNumber })).isNew).toBe(true);
});

it("lets a viewer read calls and blocks and change neither", async () => {
  const viewer = await api.addPerson(bot.owner.teamId, "viewer");
  expect((await viewer.client.calls.list.query({ botId })).items.length).toBeGreaterThan(0);
  expect(await refusalOf(viewer.client.blocks.add.mutate({ botId, phoneNumber: "+34600000000" }))).toBe(
    "scope-missing",
  );
  expect(await refusalOf(viewer.client.calls.reject.mutate({ botId, callId: "call_x" }))).toBe("scope-missing");
});
