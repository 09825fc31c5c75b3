import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  eventsOf,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { apiKeyActor } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { allowContact } from "../blocks/allow-contact.ts";
import { blockContact } from "../blocks/block-contact.ts";
import { liftBlock } from "../blocks/lift-block.ts";
import { allowContactSchema, blockContactSchema } from "../blocks/schemas.ts";
import { callStatistics } from "./call-statistics.ts";
import { getCall } from "./get-call.ts";
import { listCalls } from "./list-calls.ts";
import { callListSchema, callSchema, callStatisticsQuerySchema, listCallsSchema } from "./schemas.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const list = (
  bot: ScreeningBot,
  query: Record<string, unknown> = {},
  actor: Parameters<TestContext["as"]>[0] = bot.owner,
) => listCalls(test.as(actor), { botId: bot.botId, ...listCallsSchema.parse(query) });
const statistics = (bot: ScreeningBot, query: Record<string, unknown> = {}) =>
  callStatistics(test.as(bot.owner), { botId: bot.botId, ...callStatisticsQuerySchema.parse(query) });
const ring = (bot: ScreeningBot, phone: string, changes = {}) =>
  screen(test, bot, callFromNumber(test, phone, changes));

describe("the history", () => {
  it("goes through every call once, the latest first, also where many began at once", async () => {
    const bot = await addScreeningBot(test);
    for (let call = 0; call < 7; call++) {
      if (call % 3 === 0) test.clock.advanceMs(1_000);
      await ring(bot, uniquePhoneNumber());
    }
    const seen: string[] = [];
    for (let cursor: string | null = null, page = 0; page === 0 || cursor !== null; page++) {
      const result: Awaited<ReturnType<typeof list>> = await list(bot, { limit: "2", ...(cursor ? { cursor } : {}) });
      seen.push(...result.items.map((call) => `${call.startedAt} ${call.id}`));
      cursor = result.nextCursor;
    }
    expect(new Set(seen).size).toBe(7);
    expect(seen).toEqual(seen.toSorted().reverse());
  });

  it("filters by outcome, reason, kind, caller and time, and echoes the filters", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const [phone, other] = [uniquePhoneNumber(), uniquePhoneNumber()];
    await screenSeveral(test, bot, phone, 3);
    test.clock.advanceMs(1_000);
    const group = await ring(bot, other, { kind: "group", groupJid: "1@g.us" });
    const ids = async (query: Record<string, unknown>) => (await list(bot, query)).items.map((call) => call.id);
    expect(await ids({ outcome: "blocked" })).toHaveLength(2);
    expect(await ids({ reason: "limit-exceeded" })).toHaveLength(1);
    expect(await ids({ kind: "group" })).toEqual([group.callRowId]);
    expect(await ids({ caller: `+${phone}` })).toHaveLength(3);
    expect(await ids({ caller: uniquePhoneNumber() })).toEqual([]);
    const [call] = (await list(bot, { caller: other })).items;
    expect(await ids({ caller: call?.caller.id })).toEqual([group.callRowId]);
    expect(await ids({ from: call?.startedAt, to: new Date(test.clock.nowMs()).toISOString() })).toEqual([
      group.callRowId,
    ]);
    expect(await ids({ to: call?.startedAt })).not.toContain(group.callRowId);
    const echoed = { outcome: "blocked", reason: null, kind: null, caller: phone, from: null, to: null };
    expect((await list(bot, { outcome: "blocked", caller: phone })).filters).toEqual(echoed);
  });

  it("shows a call with the way its decision took, in the form that is promised", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1, mode: "monitor" });
    const [, screened] = await screenSeveral(test, bot, uniquePhoneNumber(), 2);
    const call = await getCall(test.as(bot.owner), { botId: bot.botId, callId: screened?.callRowId ?? "" });
    expect(callSchema.strict().parse(call)).toEqual(call);
    expect(call.would).toEqual({ outcome: "blocked", reason: "limit-exceeded", act: "reject-and-reply" });
    const limit = { step: "limit", result: "decided", detail: { count: 2, limit: 1, window: "calendar-day" } };
    expect(call.trace).toContainEqual(limit);
    const page = await list(bot);
    expect(callListSchema.strict().parse(page)).toEqual(page);
    expect(page.items[0]).toEqual(call);
  });

  it("says of each caller how they stand now, whatever the call was decided by", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const [phone, other] = [uniquePhoneNumber(), uniquePhoneNumber()];
    const standings = async () => {
      const { items, statistics } = await list(bot, { caller: phone });
      const top = statistics.topCallers.find(({ phoneNumber }) => phoneNumber === phone);
      const callers = [...items.map(({ caller }) => caller), top].map((caller) => ({
        block: caller?.block,
        allow: caller?.allow,
      }));
      expect(new Set(callers.map((caller) => JSON.stringify(caller))).size).toBe(1);
      return callers[0];
    };
    const [first, second] = await screenSeveral(test, bot, phone, 2);
    await ring(bot, other);
    const expiresAt = new Date(test.clock.nowMs() + DAY_MS).toISOString();
    expect(await standings()).toEqual({ block: { id: second?.blockId, expiresAt }, allow: null });
    expect((await list(bot, { caller: other })).items[0]?.caller).toMatchObject({ block: null, allow: null });
    await liftBlock(test.as(bot.owner), { botId: bot.botId, contactId: second?.blockId ?? "" });
    expect(await standings()).toEqual({ block: null, allow: null });
    const person = { callId: first?.callRowId };
    const hourLong = { botId: bot.botId, ...blockContactSchema.parse({ hours: 1, ...person }) };
    const block = await blockContact(test.as(bot.owner), hourLong);
    expect(await standings()).toMatchObject({ block: { id: block.contact.id } });
    test.clock.advanceMs(HOUR_MS);
    expect(await standings()).toEqual({ block: null, allow: null });
    const forEver = { botId: bot.botId, ...allowContactSchema.parse(person) };
    const allow = await allowContact(test.as(bot.owner), forEver);
    expect(await standings()).toEqual({ block: null, allow: { id: allow.id, expiresAt: null } });
  });

  it("tells of a call beyond the limit with the block that it made", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const [, second] = await screenSeveral(test, bot, uniquePhoneNumber(), 2);
    const told = (await eventsOf(test, bot.botId, "call.screened")).map(
      ({ data }) => callSchema.parse(data).caller.block,
    );
    expect(told).toEqual([null, expect.objectContaining({ id: second?.blockId })]);
  });

  it("is not there for another team, a malformed id or a call of another bot, all alike", async () => {
    const [bot, other] = [await addScreeningBot(test), await addScreeningBot(test)];
    const { callRowId } = await ring(other, uniquePhoneNumber());
    const get = (actor: ScreeningBot["owner"], botId: string, callId: string) =>
      getCall(test.as(actor), { botId, callId });
    const refusals = await Promise.allSettled([
      get(bot.owner, other.botId, callRowId),
      get(bot.owner, bot.botId, callRowId),
      get(bot.owner, bot.botId, "call_x"),
      list(other, {}, bot.owner),
    ]);
    const reasons = refusals.map((refusal) => (refusal.status === "rejected" ? refusal.reason : null));
    expect(reasons.map((err) => [err?.code, err?.message])).toEqual(
      Array(4).fill([reasons[0]?.code, reasons[0]?.message]),
    );
    expect(reasons[0]?.code).toBe("not-found");
    const key = apiKeyActor(bot.owner.teamId, ["blocking:read"]);
    await expect(list(bot, {}, key)).rejects.toMatchObject({ code: "scope-missing" });
  });

  it("A18: refuses a foreign cursor, a page of 0 or 201, a backward span and unknown filters", async () => {
    const bot = await addScreeningBot(test);
    await expect(list(bot, { cursor: "bm90IG91cnM" })).rejects.toMatchObject({ code: "validation-failed" });
    const backward = { from: "2025-03-02T00:00:00Z", to: "2025-03-01T00:00:00Z" };
    for (const query of [{ limit: "0" }, { limit: "201" }, backward, { colour: "red" }, { outcome: "maybe" }]) {
      expect(listCallsSchema.safeParse(query).success, JSON.stringify(query)).toBe(false);
    }
    const years = { from: "2020-01-01T00:00:00Z", to: "2025-03-01T00:00:00Z" };
    await expect(list(bot, years)).rejects.toMatchObject({ code: "validation-failed" });
  });
});

describe("the statistics", () => {
  it("D29: put every call in one place, blocked ones included, by the days of the bot's zone", async () => {
    test.clock.setMs(Date.UTC(2025, 4, 5, 21, 30));
    const bot = await addScreeningBot(test, { dailyLimit: 1, timeZone: "Asia/Riyadh" });
    const [phone, other] = [uniquePhoneNumber(), uniquePhoneNumber()];
    await ring(bot, phone, { startedAtMs: Date.UTC(2025, 4, 5, 20, 59), isOffline: true });
    await ring(bot, phone);
    await ring(bot, phone);
    await ring(bot, phone);
    await ring(bot, other, { kind: "group", groupJid: "1@g.us" });
    await ring(bot, other);
    const result = await statistics(bot);
    const totals = { total: 6, live: 4, late: 1, group: 1, callers: 2, blockedRatio: 0.5 };
    expect(result).toMatchObject({ ...totals, timeZone: "Asia/Riyadh" });
    expect(result.byOutcome).toEqual({ allowed: 2, rejected: 0, blocked: 2, observed: 0, failed: 0 });
    expect(result.days.map((day) => day.localDate)).toEqual(
      ["04-30", "05-01", "05-02", "05-03", "05-04", "05-05", "05-06"].map((day) => `2025-${day}`),
    );
    expect(result.days.at(-2)).toMatchObject({ localDate: "2025-05-05", live: 0, late: 1 });
    expect(result.days.at(-1)).toMatchObject({ localDate: "2025-05-06", live: 4, group: 1 });
    const top = result.topCallers.map(({ phoneNumber, calls, blocked }) => ({ phoneNumber, calls, blocked }));
    expect(top).toEqual([
      { phoneNumber: phone, calls: 3, blocked: 2 },
      { phoneNumber: other, calls: 1, blocked: 0 },
    ]);
    expect((await list(bot)).statistics).toEqual(result);
  });

  it("hold only the span that is asked for, its ends cut to the instant", async () => {
    test.clock.setMs(Date.UTC(2025, 4, 12, 12));
    const bot = await addScreeningBot(test);
    const startedAtMs = test.clock.nowMs();
    const ends = [startedAtMs - 2 * HOUR_MS, startedAtMs - HOUR_MS, startedAtMs];
    for (const atMs of ends) await ring(bot, uniquePhoneNumber(), { startedAtMs: atMs, isOffline: true });
    const [from, to] = [new Date(ends[0] ?? 0).toISOString(), new Date(startedAtMs).toISOString()];
    expect(await statistics(bot, { from, to })).toMatchObject({ from, to, total: 2, blockedRatio: null });
    expect(await statistics(bot, { from: new Date(startedAtMs).toISOString() })).toMatchObject({ total: 1 });
    const past = {
      from: new Date(startedAtMs - 40 * DAY_MS).toISOString(),
      to: new Date(startedAtMs - 30 * DAY_MS).toISOString(),
    };
    expect(await statistics(bot, past)).toMatchObject({ total: 0, callers: 0, topCallers: [] });
  });

  it("count every caller, also those who are not among the ten who called most", async () => {
    const bot = await addScreeningBot(test);
    for (let caller = 0; caller < 11; caller++) await ring(bot, uniquePhoneNumber());
    const { callers, topCallers } = await statistics(bot);
    expect([callers, topCallers.length]).toEqual([11, 10]);
  });
});
