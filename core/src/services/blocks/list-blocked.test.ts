import { callers } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { block } from "../../testing/blocks.ts";
import { addScreeningBot, type ScreeningBot, uniqueLid, uniquePhoneNumber } from "../../testing/calls.ts";
import { addTeam, apiKeyActor } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { liftBlock } from "./lift-block.ts";
import { listBlocked } from "./list-blocked.ts";
import { listBlockedSchema } from "./schemas.ts";

const HOUR_MS = 3_600_000;

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const list = (bot: ScreeningBot, query = {}, actor: Parameters<TestContext["as"]>[0] = bot.owner) =>
  listBlocked(test.as(actor), { botId: bot.botId, ...listBlockedSchema.parse(query) });
const idsOf = async (bot: ScreeningBot, query = {}) => (await list(bot, query)).items.map((item) => item.id);

/** Blocks a millisecond apart, so that their order is told. */
async function addBlock(bot: ScreeningBot, body: Parameters<typeof block>[2]) {
  test.clock.advanceMs(1);
  return (await block(test, bot, body)).contact;
}

it("shows the newest first, page by page, each once", async () => {
  const bot = await addScreeningBot(test);
  const made = [];
  for (let index = 0; index < 5; index++) made.push((await addBlock(bot, { phoneNumber: uniquePhoneNumber() })).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await list(bot, { limit: "2", ...(cursor === null ? {} : { cursor }) });
    seen.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(made.toReversed());
});

it("tells running blocks from those that are over by the clock, with no cleanup", async () => {
  const bot = await addScreeningBot(test);
  const short = await addBlock(bot, { phoneNumber: uniquePhoneNumber(), hours: 1 });
  const permanent = await addBlock(bot, { phoneNumber: uniquePhoneNumber(), type: "permanent" });
  const lifted = await addBlock(bot, { phoneNumber: uniquePhoneNumber(), hours: 5 });
  await liftBlock(test.as(bot.owner), { botId: bot.botId, contactId: lifted.id });
  expect(await idsOf(bot)).toEqual([permanent.id, short.id]);
  test.clock.advanceMs(HOUR_MS);
  expect(await idsOf(bot)).toEqual([permanent.id]);
  expect(await idsOf(bot, { status: "ended" })).toEqual([lifted.id, short.id]);
  expect(await idsOf(bot, { status: "all" })).toEqual([lifted.id, permanent.id, short.id]);
  const ended = await list(bot, { status: "ended" });
  expect(ended.items[1]).toMatchObject({ active: false, endCause: "expired", endedAt: short.expiresAt });
});

it("finds by number as people write it, LID, name, reason and note, and nothing else", async () => {
  const bot = await addScreeningBot(test);
  const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
  const first = await addBlock(bot, { phoneNumber, reason: "Calls at night" });
  const second = await addBlock(bot, { lid, note: "50% of_all" });
  await test.db.write(async (tx) => {
    await tx.update(callers).set({ name: "Ana María" }).where(eq(callers.phoneNumber, phoneNumber));
  });
  const written = `00${phoneNumber.slice(0, 2)} ${phoneNumber.slice(2, 5)}-${phoneNumber.slice(5)}`;
  for (const search of [written, phoneNumber.slice(3), "at NIGHT", "ana mar"])
    expect(await idsOf(bot, { search })).toEqual([first.id]);
  for (const search of [lid, "50% OF_ALL"]) expect(await idsOf(bot, { search })).toEqual([second.id]);
  for (const search of ["%", "_"]) expect(await idsOf(bot, { search })).toEqual([second.id]);
  expect(await idsOf(bot, { search: "nobody" })).toEqual([]);
});

it("shows the blocks of this bot only", async () => {
  const [bot, other] = [await addScreeningBot(test), await addScreeningBot(test)];
  await addBlock(other, { phoneNumber: uniquePhoneNumber() });
  expect(await idsOf(bot, { status: "all" })).toEqual([]);
});

it("is for those who may read blocks of this bot", async () => {
  const bot = await addScreeningBot(test);
  const { teamId } = bot.owner;
  expect(await list(bot, {}, apiKeyActor(teamId, ["blocking:read"], [bot.botId]))).toMatchObject({ items: [] });
  const isNotFound = { code: "not-found" };
  await expect(list(bot, {}, await addTeam(test))).rejects.toMatchObject(isNotFound);
  await expect(list(bot, {}, apiKeyActor(teamId, ["blocking:read"], []))).rejects.toMatchObject(isNotFound);
  await expect(list(bot, {}, apiKeyActor(teamId, ["calls:read"]))).rejects.toMatchObject({ code: "scope-missing" });
});

it("refuses a limit, a status or a cursor that is none", async () => {
  const bot = await addScreeningBot(test);
  for (const query of [{ limit: "0" }, { limit: "201" }, { status: "gone" }, { page: "2" }])
    expect(listBlockedSchema.safeParse(query).success).toBe(false);
  await expect(list(bot, { cursor: "%" })).rejects.toMatchObject({ code: "validation-failed" });
});
