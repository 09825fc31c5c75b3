import {
  botPairings,
  callers,
  commands,
  earlyCallEnds,
  events,
  idempotencyKeys,
  knownContacts,
  oneTimeCodes,
  rateLimits,
  sessionTokens,
  userSessions,
} from "@switchboard/db/schema";
import { asc, eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { allow, block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  type ScreeningBot,
  screen,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { addBot, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { addTokenRows } from "../../testing/tokens.ts";
import { cleanupExpired } from "./cleanup.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let test: TestContext;
let bot: ScreeningBot;
beforeEach(async () => {
  test = await createTestContext();
  bot = await addScreeningBot(test);
});
afterEach(() => test.dispose());

const clean = (changes = {}) => cleanupExpired(workerContext(test, changes));
const nowMs = () => test.clock.nowMs();

it("removes calls past their retention and keeps the others", async () => {
  await screen(test, bot, callFromNumber(test, uniquePhoneNumber(), { startedAtMs: nowMs() - 1 }));
  const kept = await screen(test, bot, callFromNumber(test, uniquePhoneNumber(), { startedAtMs: nowMs() }));
  test.clock.advanceMs(90 * DAY_MS - 1);
  await clean();
  expect((await callRowsOf(test, bot.botId)).map((row) => row.id)).toEqual([kept.callRowId]);
});

it("keeps calls as long as the settings say", async () => {
  await screen(test, bot, callFromNumber(test, uniquePhoneNumber()));
  test.clock.advanceMs(8 * DAY_MS);
  await clean();
  expect(await callRowsOf(test, bot.botId)).toHaveLength(1);
  await clean({ settings: { ...workerContext(test).settings, callRetentionDays: 7 } });
  expect(await callRowsOf(test, bot.botId)).toEqual([]);
});

it("forgets a person of whom nothing but the name is left, and nobody else", async () => {
  const [gone, blocked, allowed, known] = [
    uniquePhoneNumber(),
    uniquePhoneNumber(),
    uniquePhoneNumber(),
    uniquePhoneNumber(),
  ];
  for (const number of [gone, known]) await screen(test, bot, callFromNumber(test, number));
  await block(test, bot, { phoneNumber: blocked, hours: 1 });
  await allow(test, bot, { phoneNumber: allowed });
  await test.db.write(async (tx) => {
    const [person] = await tx.select().from(callers).where(eq(callers.phoneNumber, known));
    const contact = { botId: bot.botId, callerId: person?.id ?? "", firstMessageAtMs: nowMs() };
    await tx.insert(knownContacts).values(contact);
  });
  const people = () => test.db.reader.select({ number: callers.phoneNumber }).from(callers);
  test.clock.advanceMs(90 * DAY_MS - 1);
  await clean();
  expect(await people()).toHaveLength(4);
  test.clock.advanceMs(1);
  await clean();
  expect((await people()).map((person) => person.number).toSorted()).toEqual([blocked, allowed, known].toSorted());
});

it("removes every event older than 30 days, however many there are, and no other", async () => {
  await test.db.write(async (tx) => {
    await tx.run(sql`with recursive serial(n) as (select 1 union all select n + 1 from serial where n < 1200)
      insert into events (id, type, at_ms, data) select 'evt_old' || n, 'bot.state', ${nowMs()}, '{}' from serial`);
  });
  test.clock.advanceMs(30 * DAY_MS - 1);
  expect(await clean()).toMatchObject({ purged: 0 });
  test.clock.advanceMs(1);
  const young = { id: "evt_young", type: "bot.state", atMs: nowMs(), data: {} };
  await test.db.write(async (tx) => {
    await tx.insert(events).values(young);
  });
  await clean();
  const rows = await test.db.reader.select({ id: events.id }).from(events);
  expect(rows).toEqual([{ id: "evt_young" }]);
});

it("forgets a token seven days after its end", async () => {
  await addTokenRows(test, bot, { first: HOUR_MS, second: 2 * HOUR_MS });
  test.clock.advanceMs(7 * DAY_MS + HOUR_MS);
  await clean();
  expect(await test.db.reader.select({ id: sessionTokens.id }).from(sessionTokens)).toEqual([{ id: "second" }]);
});

it("marks pending commands past their deadline as expired, and forgets finished ones after a day", async () => {
  const row = { teamId: bot.owner.teamId, botId: bot.botId, kind: "stop", payload: {}, requestedBy: "x" } as const;
  const at = { createdAtMs: nowMs(), deadlineAtMs: nowMs() + 5 * MINUTE_MS };
  await test.db.write(async (tx) => {
    await tx.insert(commands).values([
      { id: "overdue", ...row, ...at },
      { id: "pending", ...row, ...at, deadlineAtMs: nowMs() + 2 * DAY_MS },
      { id: "done", ...row, ...at, state: "done", finishedAtMs: nowMs() },
      { id: "done-late", ...row, ...at, state: "done", finishedAtMs: nowMs() + HOUR_MS },
      { id: "running", ...row, ...at, state: "running" },
    ]);
  });
  test.clock.advanceMs(5 * MINUTE_MS);
  await clean();
  const states = () =>
    test.db.reader.select({ id: commands.id, state: commands.state }).from(commands).orderBy(asc(commands.id));
  expect(await states()).toContainEqual({ id: "overdue", state: "expired" });
  expect(await states()).toHaveLength(5);
  test.clock.advanceMs(DAY_MS);
  await clean();
  expect(await states()).toEqual([
    { id: "done-late", state: "done" },
    { id: "pending", state: "pending" },
  ]);
});

it("removes spent quotas, answers to repeated requests, and ends of calls that never began", async () => {
  const answer = { subject: "s", bodyHash: Buffer.alloc(1), createdAtMs: nowMs() };
  await test.db.write(async (tx) => {
    await tx.insert(rateLimits).values(["gone", "kept"].map((key) => ({ key, points: 1, expiresAtMs: endOf(key) })));
    await tx
      .insert(idempotencyKeys)
      .values(["gone", "kept"].map((key) => ({ ...answer, key, expiresAtMs: endOf(key) })));
    await tx.insert(earlyCallEnds).values([
      { botId: bot.botId, callId: "gone", seenAtMs: nowMs() },
      { botId: bot.botId, callId: "kept", seenAtMs: nowMs() + 1 },
    ]);
  });
  test.clock.advanceMs(DAY_MS);
  expect(await clean()).toMatchObject({ purged: 3 });
  expect(await test.db.reader.select({ key: rateLimits.key }).from(rateLimits)).toEqual([{ key: "kept" }]);
  expect(await test.db.reader.select({ key: idempotencyKeys.key }).from(idempotencyKeys)).toEqual([{ key: "kept" }]);
  expect(await test.db.reader.select({ id: earlyCallEnds.callId }).from(earlyCallEnds)).toEqual([{ id: "kept" }]);
});

it("removes pairings that ended or ran out a day ago, and leaves those under way", async () => {
  const row = { attemptId: "pai", method: "qr", requestedBy: "x", updatedAtMs: nowMs() } as const;
  const add = async (pairing: Pick<typeof botPairings.$inferInsert, "state" | "expiresAtMs">) => {
    const botId = await addBot(test, bot.owner);
    await test.db.write(async (tx) => {
      await tx.insert(botPairings).values({ botId, ...row, ...pairing });
    });
    return botId;
  };
  await add({ state: "linked", expiresAtMs: null });
  await add({ state: "qr", expiresAtMs: nowMs() + MINUTE_MS });
  const kept = [
    await add({ state: "linking", expiresAtMs: null }),
    await add({ state: "waiting", expiresAtMs: nowMs() + DAY_MS }),
  ];
  test.clock.advanceMs(DAY_MS + MINUTE_MS - 1);
  await clean();
  const left = () => test.db.reader.select({ botId: botPairings.botId }).from(botPairings);
  expect(await left()).toHaveLength(3);
  test.clock.advanceMs(1);
  await clean();
  expect((await left()).map((pairing) => pairing.botId).toSorted()).toEqual(kept.toSorted());
});

it("removes one-time codes a month after their end and browser sign-ins a week after it", async () => {
  const { teamId, userId } = bot.owner;
  const expiresAt = new Date(nowMs() + DAY_MS);
  const stamps = { createdAt: new Date(nowMs()), updatedAt: new Date(nowMs()) };
  const code = { kind: "invitation", teamId, secretHmac: Buffer.alloc(32), pepperVersion: 1, createdBy: "x" } as const;
  await test.db.write(async (tx) => {
    await tx.insert(userSessions).values({ id: "s", userId, token: "t", expiresAt, ...stamps });
    const row = { id: "c", publicId: "p", createdAtMs: nowMs(), expiresAtMs: nowMs() + DAY_MS };
    await tx.insert(oneTimeCodes).values({ ...code, ...row });
  });
  const left = async () => [
    (await test.db.reader.select({ id: userSessions.id }).from(userSessions)).length,
    (await test.db.reader.select({ id: oneTimeCodes.id }).from(oneTimeCodes)).length,
  ];
  const counts: number[][] = [];
  for (const days of [8, 23]) {
    test.clock.advanceMs(days * DAY_MS - 1);
    await clean();
    counts.push(await left());
    test.clock.advanceMs(1);
    await clean();
    counts.push(await left());
  }
  expect(counts).toEqual([
    [1, 1],
    [0, 1],
    [0, 1],
    [0, 0],
  ]);
});

const endOf = (key: string) => nowMs() + (key === "gone" ? DAY_MS : DAY_MS + 1);
