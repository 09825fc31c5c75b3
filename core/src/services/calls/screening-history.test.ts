import { blockedContacts, callers } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  type ScreeningBot,
  screen,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { cleanupExpired } from "../system/cleanup.ts";
import type { IncomingCall } from "./incoming-call.ts";

const HOUR_MS = 3_600_000;
const PEOPLE = [0, 1, 2].map(uniquePhoneNumber);
const LIMIT = 2;

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

/** Who calls, how long after the last call, how old the call is, and how often it is delivered. */
const histories = fc.array(
  fc.record({
    person: fc.nat(PEOPLE.length - 1),
    pauseMs: fc.constantFrom(1, 60_000, 2 * HOUR_MS, 9 * HOUR_MS),
    ageMs: fc.constantFrom(500, 500, 500, 61_000),
    deliveries: fc.constantFrom(1, 1, 2),
  }),
  { minLength: 10, maxLength: 20 },
);

type History = typeof histories extends fc.Arbitrary<infer Value> ? Value : never;

/** Plays a history to a bot from the same instant on; `isCleaned` runs the cleanup before every call. */
async function play(bot: ScreeningBot, history: History, options: { isCleaned?: boolean; isOnce?: boolean } = {}) {
  test.clock.setMs(Date.UTC(2025, 6, 1));
  const delivered: IncomingCall[] = [];
  for (const [index, { person, pauseMs, ageMs, deliveries }] of history.entries()) {
    test.clock.advanceMs(pauseMs);
    if (options.isCleaned) await cleanupExpired(workerContext(test));
    const startedAtMs = test.clock.nowMs() - ageMs;
    const call = callFromNumber(test, PEOPLE[person] ?? "", { callId: `CALL-${index}`, startedAtMs });
    delivered.push(call);
    await screen(test, bot, call);
    const earlier = delivered[Math.floor(index / 2)] ?? call;
    if (!options.isOnce && deliveries === 2) await screen(test, bot, earlier);
  }
  return (await callRowsOf(test, bot.botId)).map((row) => ({
    call: row.callId,
    outcome: row.outcome,
    reason: row.reason,
    isCounted: row.isCounted,
    windowCount: row.windowCount,
    rejectStatus: row.rejectStatus,
    replyStatus: row.replyStatus,
    startedAtMs: row.startedAtMs,
  }));
}

const addBot = () => addScreeningBot(test, { dailyLimit: LIMIT, blockHours: 12, repliesPerCallerPerHour: 1 });

it("decides the same with the cleanup running all the time and never", async () => {
  const property = fc.asyncProperty(histories, async (history) => {
    const [without, cleaned] = [await addBot(), await addBot()];
    expect(await play(cleaned, history, { isCleaned: true })).toEqual(await play(without, history));
  });
  await fc.assert(property, { numRuns: 2 });
});

it("gives the same rows whatever is delivered twice", async () => {
  const property = fc.asyncProperty(histories, async (history) => {
    const [twice, once] = [await addBot(), await addBot()];
    expect(await play(twice, history)).toEqual(await play(once, history, { isOnce: true }));
  });
  await fc.assert(property, { numRuns: 2 });
});

it("keeps one active block per caller, no passed call beyond the limit, and ends where they were set", async () => {
  const property = fc.asyncProperty(histories, async (history) => {
    const bot = await addBot();
    const rows = await play(bot, history);
    expect(rows).toHaveLength(history.length);
    const passed = rows.filter((row) => row.outcome === "allowed");
    expect(passed.filter((row) => (row.windowCount ?? 0) > LIMIT)).toEqual([]);
    const blocks = await test.db.reader.select().from(blockedContacts).where(eq(blockedContacts.botId, bot.botId));
    const people = await test.db.reader.select().from(callers).where(eq(callers.botId, bot.botId));
    for (const { id } of people) {
      const own = blocks.filter((block) => block.callerId === id).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
      expect(own.every((block) => block.expiresAtMs === block.createdAtMs + 12 * HOUR_MS)).toBe(true);
      for (const [index, block] of own.entries()) {
        expect(block.createdAtMs).toBeGreaterThanOrEqual(own[index - 1]?.expiresAtMs ?? 0);
      }
    }
  });
  await fc.assert(property, { numRuns: 2 });
});
