import { audit } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { block } from "../../testing/blocks.ts";
import { addScreeningBot, type ScreeningBot, uniquePhoneNumber } from "../../testing/calls.ts";
import { addBot, addPerson, addTeam, apiKeyActor, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { suspendReplies } from "../calls/suspend-replies.ts";
import { getCallBlocking } from "./get-call-blocking.ts";
import { patchCallBlocking } from "./patch-call-blocking.ts";
import { replaceCallBlocking } from "./replace-call-blocking.ts";
import { callBlockingSchema, patchCallBlockingSchema, replaceCallBlockingSchema } from "./schemas.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

type Bot = Pick<ScreeningBot, "botId" | "owner">;

async function newBot(): Promise<Bot> {
  const owner = await addTeam(test);
  return { owner, botId: await addBot(test, owner) };
}

const get = (bot: Bot) => getCallBlocking(test.as(bot.owner), bot);
const replace = (bot: Bot, body: object) =>
  replaceCallBlocking(test.as(bot.owner), { botId: bot.botId, ...replaceCallBlockingSchema.parse(body) });
const patch = (bot: Bot, body: object) =>
  patchCallBlocking(test.as(bot.owner), { botId: bot.botId, ...patchCallBlockingSchema.parse(body) });

const DEFAULTS = {
  enabled: false,
  mode: "enforce",
  dailyLimit: 3,
  limitWindow: "calendar-day",
  timeZone: "UTC",
  blockType: "temporary",
  blockHours: 24,
  autoReply: { text: "", groupText: "" },
  defaultAction: "ring",
  groupCalls: "ignore",
  videoCalls: "as-voice",
  countAnswered: true,
  replyCaps: { perCallerPerHour: 5, perBotPerMinute: 20, strangersPerDay: 50 },
  staffNumbers: [],
};

describe("reading", () => {
  it("shows a new bot's defaults, off, and writes nothing", async () => {
    const bot = await newBot();
    const settings = await get(bot);
    expect(settings).toEqual({ ...DEFAULTS, version: 1, repliesSuspended: null });
    expect(callBlockingSchema.strict().parse(settings)).toEqual(settings);
    expect((await get(bot)).version).toBe(1);
  });

  it("says until when and why replies are suspended, and nothing once that is over", async () => {
    const bot = await addScreeningBot(test);
    const { untilMs } = await suspendReplies(workerContext(test), { lease: bot.lease, reason: "reach-out-time-lock" });
    const until = new Date(untilMs).toISOString();
    expect((await get(bot)).repliesSuspended).toEqual({ until, reason: "reach-out-time-lock" });
    test.clock.setMs(untilMs);
    expect((await get(bot)).repliesSuspended).toBeNull();
  });

  it("warns of many strangers, of blocks that are not enforced, and of screening that rejects nobody", async () => {
    const bot = await newBot();
    const codes = async () => (await get(bot)).warnings?.map((warning) => warning.code);
    expect(await codes()).toBeUndefined();
    await patch(bot, { replyCaps: { strangersPerDay: 51 } });
    await block(test, bot, { phoneNumber: uniquePhoneNumber(), hours: 1 });
    expect(await codes()).toEqual(["many-strangers", "blocks-not-enforced"]);
    test.clock.advanceMs(3_600_000);
    await patch(bot, { enabled: true, dailyLimit: null, replyCaps: { strangersPerDay: 50 } });
    expect(await codes()).toEqual(["nothing-rejected"]);
  });
});

describe("writing", () => {
  it("replaces everything: what is left out takes its default, also inside groups", async () => {
    const bot = await newBot();
    const body = {
      enabled: true,
      mode: "monitor",
      dailyLimit: null,
      limitWindow: "rolling-24h",
      timeZone: "Europe/Madrid",
      blockType: "permanent",
      blockHours: 8_760,
      autoReply: { text: "Write to us.\nThanks", groupText: "No groups." },
      defaultAction: "reject",
      groupCalls: "reject",
      videoCalls: "reject",
      countAnswered: false,
      replyCaps: { perCallerPerHour: 0, perBotPerMinute: 1, strangersPerDay: 2 },
      staffNumbers: ["34600111222"],
    };
    expect(await replace(bot, body)).toMatchObject({ ...body, version: 2 });
    const partly = { enabled: true, autoReply: { text: "Hi" }, replyCaps: { perCallerPerHour: 1 } };
    expect(await replace(bot, partly)).toMatchObject({
      ...DEFAULTS,
      enabled: true,
      autoReply: { text: "Hi", groupText: "" },
      replyCaps: { perCallerPerHour: 1, perBotPerMinute: 20, strangersPerDay: 50 },
      version: 3,
    });
  });

  it("takes back what it gave", async () => {
    const bot = await addScreeningBot(test);
    await suspendReplies(workerContext(test), { lease: bot.lease, reason: "error-463" });
    const given = await patch(bot, { replyCaps: { strangersPerDay: 60 } });
    expect(await replace(bot, given)).toEqual({ ...given, version: given.version + 1 });
  });

  it("changes only what a patch names, also inside groups, and null means no limit", async () => {
    const bot = await addScreeningBot(test, { groupReplyText: "No groups." });
    const before = await get(bot);
    const after = await patch(bot, { dailyLimit: null, autoReply: { text: "New" } });
    expect(after).toEqual({
      ...before,
      dailyLimit: null,
      autoReply: { text: "New", groupText: "No groups." },
      warnings: [expect.objectContaining({ code: "nothing-rejected" })],
      version: before.version + 1,
    });
  });

  it("keeps staff numbers as digits, each once", async () => {
    const bot = await newBot();
    const numbers = ["+34 600 111 222", "0034 (600) 111-222", "4915112345678"];
    expect((await patch(bot, { staffNumbers: numbers })).staffNumbers).toEqual(["34600111222", "4915112345678"]);
  });

  it("refuses a stale version and changes nothing, and takes the current one", async () => {
    const bot = await newBot();
    await patch(bot, { dailyLimit: 5, version: 1 });
    const stale = { code: "version-conflict", details: { extra: { version: 2 } } };
    await expect(patch(bot, { dailyLimit: 7, version: 1 })).rejects.toMatchObject(stale);
    await expect(replace(bot, { version: 1 })).rejects.toMatchObject(stale);
    expect(await replace(bot, { ...(await get(bot)), enabled: true })).toMatchObject({ dailyLimit: 5, version: 3 });
  });

  it("of two changes from one version at once lets one through", async () => {
    const bot = await newBot();
    const results = await Promise.allSettled([1, 2].map((dailyLimit) => patch(bot, { dailyLimit, version: 1 })));
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("notes in the audit which fields changed, and none of the texts", async () => {
    const bot = await newBot();
    await patch(bot, { enabled: true, autoReply: { text: "Call Ana on 600" }, dailyLimit: 3 });
    const isThis = and(eq(audit.botId, bot.botId), eq(audit.action, "call-blocking.patch"));
    const rows = await test.db.reader.select().from(audit).where(isThis);
    expect(rows).toMatchObject([{ actorId: bot.owner.userId, teamId: bot.owner.teamId, objectId: bot.botId }]);
    expect(rows[0]?.detail).toEqual({ version: 2, changed: ["isEnabled", "replyText"] });
  });

  it("writes nothing when the audit row cannot be written", async () => {
    const bot = await newBot();
    const [row] = await test.db.reader.select({ id: audit.id }).from(audit).where(eq(audit.botId, bot.botId));
    const ctx = test.as(bot.owner, { ids: { next: () => row?.id ?? "" } });
    const attempt = patchCallBlocking(ctx, { botId: bot.botId, enabled: true });
    await expect(attempt).rejects.toMatchObject({ code: "database_constraint" });
    expect(await get(bot)).toMatchObject({ enabled: false, version: 1 });
  });
});

describe("refusals", () => {
  it.each([
    ["a limit of 0", { dailyLimit: 0 }],
    ["a limit of -1", { dailyLimit: -1 }],
    ["a limit of 1001", { dailyLimit: 1_001 }],
    ["a limit that is no whole number", { dailyLimit: 1.5 }],
    ["a limit in words", { dailyLimit: "abc" }],
    ["an unknown block type", { blockType: "for-ever" }],
    ["0 hours", { blockHours: 0 }],
    ["8761 hours", { blockHours: 8_761 }],
    ["a text of 1001 characters", { autoReply: { text: "x".repeat(1_001) } }],
    ["a text of blanks", { autoReply: { text: "  \n " } }],
    ["a text with a control character", { autoReply: { groupText: "a\u0000b" } }],
    ["a zone that is none", { timeZone: "Mars/Olympus" }],
    ["a staff number without its country", { staffNumbers: ["0600 111 222"] }],
    ["an unknown field", { dailyLimits: 3 }],
    ["an unknown field in a group", { replyCaps: { perDay: 3 } }],
    ["a cap below zero", { replyCaps: { perCallerPerHour: -1 } }],
  ])("A18: %s, in PUT and PATCH alike", (_what, body) => {
    expect(replaceCallBlockingSchema.safeParse(body).success).toBe(false);
    expect(patchCallBlockingSchema.safeParse(body).success).toBe(false);
  });

  it.each([1, 1_000, null])("takes a limit of %s", (dailyLimit) => {
    expect(replaceCallBlockingSchema.safeParse({ dailyLimit }).success).toBe(true);
  });

  it("takes a text of 1000 characters, counted as people count them", () => {
    expect(replaceCallBlockingSchema.safeParse({ autoReply: { text: "🙂".repeat(1_000) } }).success).toBe(true);
  });

  it("refuses a patch of nothing", () => {
    expect(patchCallBlockingSchema.safeParse({ version: 1 }).success).toBe(false);
  });

  it("is not there for other teams, and read-only for those who may only read", async () => {
    const bot = await newBot();
    const stranger = await addTeam(test);
    const of = (actor: Parameters<TestContext["as"]>[0]) => test.as(actor);
    const { botId } = bot;
    await expect(getCallBlocking(of(stranger), { botId })).rejects.toMatchObject({ code: "not-found" });
    await expect(patchCallBlocking(of(stranger), { botId, enabled: true })).rejects.toMatchObject({
      code: "not-found",
    });
    const viewer = await addPerson(test, bot.owner.teamId, "viewer");
    expect(await getCallBlocking(of(viewer), { botId })).toMatchObject({ enabled: false });
    const missing = { code: "scope-missing" };
    await expect(patchCallBlocking(of(viewer), { botId, enabled: true })).rejects.toMatchObject(missing);
    const key = apiKeyActor(bot.owner.teamId, ["bots:read"]);
    await expect(getCallBlocking(of(key), { botId })).rejects.toMatchObject(missing);
  });
});
