import { blockedContacts, callers } from "@switchboard/db/schema";
import { asc, eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createIds } from "../../crypto/ids.ts";
import { addScreeningBot, eventsOf, type ScreeningBot, uniquePhoneNumber } from "../../testing/calls.ts";
import { workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { addTokenRows } from "../../testing/tokens.ts";
import { cleanupExpired } from "./cleanup.ts";
import { CLEANUP_INTERVAL_MS, getCleanupStatus } from "./cleanup-status.ts";

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

it("ends the blocks the clock has ended, at their own end, and tells of each once", async () => {
  const [first, second] = await addBlocks([HOUR_MS, HOUR_MS, 2 * HOUR_MS]);
  const endMs = nowMs() + HOUR_MS;
  test.clock.advanceMs(HOUR_MS + MINUTE_MS);
  expect(await clean()).toMatchObject({ expired: 2 });
  expect(await clean()).toMatchObject({ expired: 0 });
  const rows = await blockRows();
  expect(rows.map(({ endedAtMs, endCause }) => ({ endedAtMs, endCause }))).toEqual([
    { endedAtMs: endMs, endCause: "expired" },
    { endedAtMs: endMs, endCause: "expired" },
    { endedAtMs: null, endCause: null },
  ]);
  const told = await eventsOf(test, bot.botId, "block.expired");
  expect(told.map((event) => event.data.id)).toEqual([first, second]);
  expect(told[0]?.data).toMatchObject({ active: false, endCause: "expired", endedAt: new Date(endMs).toISOString() });
});

it("leaves a block alone until the very instant of its end", async () => {
  await addBlocks([HOUR_MS]);
  test.clock.advanceMs(HOUR_MS - 1);
  expect(await clean()).toMatchObject({ expired: 0 });
  test.clock.advanceMs(1);
  expect(await clean()).toMatchObject({ expired: 1 });
});

it("lets calls count anew from the end of a block it marks", async () => {
  await addBlocks([HOUR_MS]);
  const endMs = nowMs() + HOUR_MS;
  test.clock.advanceMs(3 * HOUR_MS);
  await clean();
  const [caller] = await test.db.reader.select().from(callers).where(eq(callers.botId, bot.botId));
  expect(caller?.countFromMs).toBe(endMs);
});

it("ends as many blocks as there are, in several transactions", async () => {
  await addBlocks(Array.from({ length: 120 }, () => HOUR_MS));
  test.clock.advanceMs(HOUR_MS);
  expect(await clean()).toMatchObject({ expired: 120 });
});

it("tells of each block once when two processes clean at the same time", async () => {
  const ids = await addBlocks(Array.from({ length: 12 }, () => HOUR_MS));
  test.clock.advanceMs(HOUR_MS);
  const results = await Promise.all([clean(), clean({ db: await test.openAgain() })]);
  expect(results.reduce((sum, result) => sum + result.expired, 0)).toBe(ids.length);
  const told = await eventsOf(test, bot.botId, "block.expired");
  expect(told.map((event) => event.data.id).toSorted()).toEqual(ids.toSorted());
});

it("announces tokens that are about to end, as many as there are", async () => {
  const soon = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`soon${index}`, HOUR_MS]));
  await addTokenRows(test, bot, { ...soon, later: DAY_MS });
  test.clock.advanceMs(HOUR_MS - MINUTE_MS);
  await clean();
  await clean();
  expect(await eventsOf(test, bot.botId, "session.token_expiring")).toHaveLength(60);
});

it("shows the last run and the next one due", async () => {
  const status = () => getCleanupStatus(workerContext(test));
  expect(await status()).toEqual({ lastRun: null, nextDueAt: new Date(nowMs()).toISOString() });
  await addBlocks([HOUR_MS]);
  test.clock.advanceMs(HOUR_MS);
  const ranAtMs = nowMs();
  await clean();
  test.clock.advanceMs(DAY_MS);
  expect(await status()).toEqual({
    lastRun: { at: new Date(ranAtMs).toISOString(), expired: 1, purged: 0, tookMs: expect.any(Number) },
    nextDueAt: new Date(ranAtMs + CLEANUP_INTERVAL_MS).toISOString(),
  });
});

const blockRows = () => test.db.reader.select().from(blockedContacts).orderBy(asc(blockedContacts.id));

/** Temporary blocks of as many callers, one for each length; answers their ids in this order. */
async function addBlocks(lengthsMs: readonly number[]): Promise<string[]> {
  const ids = createIds(test.clock);
  const owner = { botId: bot.botId, teamId: bot.owner.teamId };
  const blockIds = lengthsMs.map(() => ids.next("block")).toSorted();
  await test.db.write(async (tx) => {
    for (const [index, lengthMs] of lengthsMs.entries()) {
      const callerId = ids.next("caller");
      const seen = { firstSeenAtMs: nowMs(), lastSeenAtMs: nowMs() };
      await tx.insert(callers).values({ id: callerId, ...owner, phoneNumber: uniquePhoneNumber(), ...seen });
      const times = { createdAtMs: nowMs(), expiresAtMs: nowMs() + lengthMs };
      const block = { type: "temporary", origin: "manual", createdBy: "user:x", ...times } as const;
      await tx.insert(blockedContacts).values({ id: blockIds[index] ?? "", ...owner, callerId, ...block });
    }
  });
  return blockIds;
}
