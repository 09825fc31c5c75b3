import { blockedContacts } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decideDegraded } from "../../domain/degraded-screening.ts";
import { allow, block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  eventsOf,
  screen,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { holdBot, workerContext } from "../../testing/factories.ts";
import { namedBotId } from "../../testing/named-ids.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { replayDegraded } from "./replay-degraded.ts";
import { readScreeningMemory } from "./screening-memory.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const worker = () => workerContext(test);

it("D22: remembers running blocks, and everybody who is let through whatever they say", async () => {
  const [blocked, allowed, staff] = [uniquePhoneNumber(), uniquePhoneNumber(), uniquePhoneNumber()];
  const bot = await addScreeningBot(test, { staffNumbers: [staff], dailyLimit: 7 });
  const { contact } = await block(test, bot, { phoneNumber: blocked, hours: 2 });
  await block(test, bot, { phoneNumber: uniquePhoneNumber(), hours: 1 });
  await allow(test, bot, { phoneNumber: allowed });
  await allow(test, bot, {
    phoneNumber: uniquePhoneNumber(),
    expiresAt: new Date(test.clock.nowMs() + 1).toISOString(),
  });
  test.clock.advanceMs(3_600_000);
  const memory = await readScreeningMemory(worker(), bot.botId);
  expect(memory.settings).toMatchObject({ enabled: true, dailyLimit: 7 });
  expect(memory.blocks).toMatchObject([{ names: { pn: blocked, lid: null }, block: { id: contact.id } }]);
  expect(memory.letThrough).toEqual([
    { pn: null, lid: null },
    { pn: staff, lid: null },
    { pn: allowed, lid: null },
  ]);
  await expect(readScreeningMemory(worker(), namedBotId("bot_x"))).rejects.toMatchObject({ code: "not-found" });
});

it("D22: writes calls of the dark time down once, as they were decided, with the hits of their blocks", async () => {
  const bot = await addScreeningBot(test);
  const [blocked, other] = [uniquePhoneNumber(), uniquePhoneNumber()];
  const { contact } = await block(test, bot, { phoneNumber: blocked });
  const { settings, blocks } = await readScreeningMemory(worker(), bot.botId);
  const sinceMs = test.clock.nowMs();
  const degraded = (phone: string) => {
    const call = callFromNumber(test, phone);
    const { startedAtMs, receivedAtMs } = call;
    const decision = decideDegraded({
      nowMs: sinceMs,
      call: { kind: "voice", offline: false, startedAtMs, receivedAtMs },
      settings,
      cachedBlocks: blocks.filter(({ names }) => names.pn === phone).map((cached) => cached.block),
      isLetThrough: false,
    });
    const isRejected = decision.act !== "none";
    return {
      call,
      decision,
      rejectStatus: isRejected ? "confirmed" : "none",
      rejectAttempts: isRejected ? 1 : 0,
    } as const;
  };
  const calls = [degraded(blocked), degraded(other)];
  const known = callFromNumber(test, other);
  await screen(test, bot, known);
  test.clock.advanceMs(5_000);
  const input = { lease: bot.lease, sinceMs, untilMs: test.clock.nowMs(), calls };
  expect(
    await replayDegraded(worker(), { ...input, calls: [...calls, { ...calls[1], call: known }] as typeof calls }),
  ).toBe(2);
  expect(await replayDegraded(worker(), input)).toBe(0);
  const rows = await callRowsOf(test, bot.botId);
  expect(rows.slice(1)).toMatchObject([
    { outcome: "blocked", reason: "blocked-manual", blockId: contact.id, rejectStatus: "confirmed", rejectAttempts: 1 },
    { outcome: "failed", reason: "degraded", isCounted: true, rejectStatus: "none", replyStatus: "none" },
  ]);
  const [row] = await test.db.reader.select().from(blockedContacts).where(eq(blockedContacts.id, contact.id));
  expect(row?.hitCount).toBe(1);
  expect(await eventsOf(test, bot.botId, "screening.degraded")).toHaveLength(1);
  const [told] = await eventsOf(test, bot.botId, "screening.recovered");
  const [since, until] = [new Date(sinceMs).toISOString(), new Date(input.untilMs).toISOString()];
  expect(told?.data).toEqual({ botId: bot.botId, since, until, calls: 2 });
  await holdBot(test, bot.botId);
  await expect(replayDegraded(worker(), input)).rejects.toMatchObject({ code: "stale-epoch" });
});
