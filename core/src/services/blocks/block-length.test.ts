import { blockedContacts } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { blockContact } from "./block-contact.ts";
import { blockContactSchema } from "./schemas.ts";

const DAY_MS = 86_400_000;

let test: TestContext;
let bot: ScreeningBot;
beforeAll(async () => {
  test = await createTestContext();
  bot = await addScreeningBot(test, { dailyLimit: 1, blockType: "temporary", blockHours: 24 });
});
afterAll(() => test.dispose());

/** A clock that goes on with every look at it, as a real one does. */
function tickingClock() {
  let nowMs = test.clock.nowMs();
  return { nowMs: () => nowMs++ };
}

async function lengthMsOf(blockId: string | null): Promise<number> {
  const [row] = await test.db.reader
    .select()
    .from(blockedContacts)
    .where(eq(blockedContacts.id, blockId ?? ""));
  return (row?.expiresAtMs ?? 0) - (row?.createdAtMs ?? 0);
}

it("the limit's block lasts exactly the hours of the settings although the clock goes on while it is made", async () => {
  const phone = uniquePhoneNumber();
  await screenSeveral(test, bot, phone, 1);
  const { blockId, reason } = await screen(test, bot, callFromNumber(test, phone), { clock: tickingClock() });
  expect(reason).toBe("limit-exceeded");
  expect(await lengthMsOf(blockId)).toBe(DAY_MS);
});

it("a block by hand lasts exactly the hours that were asked for", async () => {
  const ctx = test.as(bot.owner, { clock: tickingClock() });
  const body = blockContactSchema.parse({ phoneNumber: `+${uniquePhoneNumber()}`, type: "temporary", hours: 24 });
  const { contact } = await blockContact(ctx, { botId: bot.botId, ...body });
  expect(await lengthMsOf(contact.id)).toBe(DAY_MS);
});
