import { afterEach, beforeEach, expect, it } from "vitest";
import { block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromNumber,
  eventsOf,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { cleanupExpired } from "../system/cleanup.ts";
import { getBlocked } from "./get-blocked.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let test: TestContext;
let bot: ScreeningBot;
beforeEach(async () => {
  test = await createTestContext();
  bot = await addScreeningBot(test);
});
afterEach(() => test.dispose());

const read = (contactId: string) => getBlocked(test.as(bot.owner), { botId: bot.botId, contactId });

it("turns calls away to the last millisecond and lets them through at the end itself, with no cleanup", async () => {
  const phoneNumber = uniquePhoneNumber();
  const { contact } = await block(test, bot, { phoneNumber, hours: 1 });
  test.clock.advanceMs(HOUR_MS - 1);
  expect(await screen(test, bot, callFromNumber(test, phoneNumber))).toMatchObject({ reason: "blocked-manual" });
  test.clock.advanceMs(1);
  expect(await read(contact.id)).toMatchObject({ active: false, endCause: "expired", endedAt: contact.expiresAt });
  expect(await screen(test, bot, callFromNumber(test, phoneNumber))).toMatchObject({ reason: "default-ring" });
});

it("counts the calls it turned away as its hits, and not towards the limit after its end", async () => {
  const phoneNumber = uniquePhoneNumber();
  const before = await screenSeveral(test, bot, phoneNumber, 8);
  const blockId = before.at(-1)?.blockId ?? "";
  const lastCallAtMs = test.clock.nowMs();
  test.clock.advanceMs(DAY_MS);
  const after = await screenSeveral(test, bot, phoneNumber, 3);
  expect(after.map((call) => call.reason)).toEqual(["default-ring", "default-ring", "default-ring"]);
  const lastHitAt = new Date(lastCallAtMs).toISOString();
  expect(await read(blockId)).toMatchObject({ origin: "limit", hitCount: 4, lastHitAt });
});

it("is not moved by the calls it turns away", async () => {
  const phoneNumber = uniquePhoneNumber();
  const { contact } = await block(test, bot, { phoneNumber, hours: 1 });
  await screenSeveral(test, bot, phoneNumber, 10);
  expect((await read(contact.id)).expiresAt).toBe(contact.expiresAt);
});

it("is told of once, whether the next call or the cleanup comes first", async () => {
  const numbers = [uniquePhoneNumber(), uniquePhoneNumber()] as const;
  for (const phoneNumber of numbers) await block(test, bot, { phoneNumber, hours: 1 });
  test.clock.advanceMs(HOUR_MS);
  await screen(test, bot, callFromNumber(test, numbers[0]));
  expect(await cleanupExpired(workerContext(test))).toMatchObject({ expired: 1 });
  await screen(test, bot, callFromNumber(test, numbers[1]));
  expect(await eventsOf(test, bot.botId, "block.expired")).toHaveLength(2);
});

it("makes the same decisions whether the cleanup runs always, late or never", async () => {
  const decide = async (cleansAfter: (call: number) => boolean) => {
    const other = await addScreeningBot(test, { dailyLimit: 1, blockHours: 1 });
    const phoneNumber = uniquePhoneNumber();
    const reasons: string[] = [];
    for (let call = 0; call < 12; call++) {
      test.clock.advanceMs(25 * 60_000);
      reasons.push((await screen(test, other, callFromNumber(test, phoneNumber))).reason);
      if (cleansAfter(call)) await cleanupExpired(workerContext(test));
    }
    return reasons;
  };
  const startMs = test.clock.nowMs();
  const runs: string[][] = [];
  for (const cleansAfter of [() => true, (call: number) => call % 5 === 4, () => false]) {
    test.clock.setMs(startMs);
    runs.push(await decide(cleansAfter));
  }
  const [always, late, never] = runs;
  expect(late).toEqual(always);
  expect(never).toEqual(always);
  expect(new Set(never)).toEqual(new Set(["default-ring", "limit-exceeded", "blocked-auto"]));
});
