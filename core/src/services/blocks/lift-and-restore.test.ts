import { callers } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allow, auditOf, block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromNumber,
  eventsOf,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { addPerson, addTeam, setScreening } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { getBlocked } from "./get-blocked.ts";
import { liftBlock } from "./lift-block.ts";
import { removeAllow } from "./remove-allow.ts";
import { restoreBlock } from "./restore-block.ts";

const HOUR_MS = 3_600_000;

let test: TestContext;
let bot: ScreeningBot;
beforeAll(async () => {
  test = await createTestContext();
  bot = await addScreeningBot(test);
});
afterAll(() => test.dispose());

const nowText = () => new Date(test.clock.nowMs()).toISOString();
const lift = (contactId: string, reason?: string, actor = bot.owner) =>
  liftBlock(test.as(actor), { botId: bot.botId, contactId, ...(reason === undefined ? {} : { reason }) });
const restore = (contactId: string, actor = bot.owner) => restoreBlock(test.as(actor), { botId: bot.botId, contactId });
const read = (contactId: string, actor = bot.owner) => getBlocked(test.as(actor), { botId: bot.botId, contactId });
const blocked = async (hours = 24, phoneNumber = uniquePhoneNumber()) =>
  (await block(test, bot, { phoneNumber, hours })).contact;
const eventsOfBlock = async (blockId: string) =>
  (await eventsOf(test, bot.botId)).filter((event) => event.data.id === blockId).map((event) => event.type);

describe("an unblock", () => {
  it("ends the block and keeps the row, with who did it and when", async () => {
    const { id } = await blocked();
    test.clock.advanceMs(HOUR_MS);
    const lifted = await lift(id, "a customer");
    const by = `user:${bot.owner.userId}`;
    expect(lifted).toMatchObject({ id, active: false, liftedAt: nowText(), liftedBy: by, endCause: "lifted" });
    expect(lifted.endedAt).toBe(nowText());
    expect(await read(id)).toEqual(lifted);
    expect((await auditOf(test, bot.botId, id)).map((row) => row.action)).toEqual(["block.create", "block.lift"]);
  });

  it("lets the very next call through, though the limit was exceeded the same day", async () => {
    const number = uniquePhoneNumber();
    const screened = await screenSeveral(test, bot, number, 5);
    const blockId = screened.at(-1)?.blockId ?? "";
    await lift(blockId);
    const after = await screenSeveral(test, bot, number, 4);
    const reasons = after.map((call) => call.reason);
    expect(reasons).toEqual(["default-ring", "default-ring", "default-ring", "limit-exceeded"]);
    expect(after.at(-1)?.blockId).not.toBe(blockId);
  });

  it("lets calls count anew from its instant, also those that a block did not turn away", async () => {
    const number = uniquePhoneNumber();
    const { id } = await blocked(24, number);
    await setScreening(test, bot.botId, { mode: "monitor" });
    await screenSeveral(test, bot, number, 3);
    await setScreening(test, bot.botId, { mode: "enforce" });
    test.clock.advanceMs(1);
    await lift(id);
    const [caller] = await test.db.reader.select().from(callers).where(eq(callers.phoneNumber, number));
    expect(caller?.countFromMs).toBe(test.clock.nowMs());
    expect(await screen(test, bot, callFromNumber(test, number))).toMatchObject({ reason: "default-ring" });
  });

  it("changes nothing and tells nothing the second time", async () => {
    const { id } = await blocked();
    const lifted = await lift(id);
    test.clock.advanceMs(HOUR_MS);
    expect(await lift(id, "again")).toEqual(lifted);
    expect(await eventsOfBlock(id)).toEqual(["block.created", "block.lifted"]);
  });

  it("of a block that ran out leaves it as it is", async () => {
    const { id, expiresAt } = await blocked(1);
    test.clock.advanceMs(2 * HOUR_MS);
    expect(await lift(id)).toMatchObject({ active: false, endCause: "expired", endedAt: expiresAt, liftedAt: null });
  });
});

describe("a restored block", () => {
  it("is the same row with its own end, and turns calls away again", async () => {
    const number = uniquePhoneNumber();
    const before = await blocked(24, number);
    test.clock.advanceMs(HOUR_MS);
    await lift(before.id);
    test.clock.advanceMs(HOUR_MS);
    expect(await restore(before.id)).toEqual(before);
    expect(await screen(test, bot, callFromNumber(test, number))).toMatchObject({ blockId: before.id });
    expect(await eventsOfBlock(before.id)).toEqual(["block.created", "block.lifted", "block.created"]);
    expect((await auditOf(test, bot.botId, before.id)).at(-1)).toMatchObject({ action: "block.restore" });
  });

  it("stays as it is when it is restored again", async () => {
    const { id } = await blocked();
    await lift(id);
    const restored = await restore(id);
    expect(await restore(id)).toEqual(restored);
    expect(await eventsOfBlock(id)).toHaveLength(3);
  });

  it("is refused from the instant of its end", async () => {
    const { id } = await blocked(2);
    await lift(id);
    test.clock.advanceMs(2 * HOUR_MS - 1);
    await restore(id);
    await lift(id);
    test.clock.advanceMs(1);
    await expect(restore(id)).rejects.toMatchObject({ code: "conflict" });
  });

  it("is refused while another block of the caller runs, and not when that one ran out unmarked", async () => {
    const number = uniquePhoneNumber();
    const first = await blocked(24, number);
    await lift(first.id);
    const second = await blocked(1, number);
    await expect(restore(first.id)).rejects.toMatchObject({ code: "block-conflict" });
    test.clock.advanceMs(HOUR_MS);
    expect(await restore(first.id)).toMatchObject({ id: first.id, active: true });
    expect(await eventsOfBlock(second.id)).toEqual(["block.created", "block.expired"]);
  });

  it("is refused when a longer one took its place", async () => {
    const number = uniquePhoneNumber();
    const first = await blocked(24, number);
    const second = await blocked(48, number);
    await lift(second.id);
    await expect(restore(first.id)).rejects.toMatchObject({ code: "conflict" });
  });

  it("is refused while the caller is allowed", async () => {
    const phoneNumber = uniquePhoneNumber();
    const { id } = await blocked(24, phoneNumber);
    await lift(id);
    const allowed = await allow(test, bot, { phoneNumber });
    await expect(restore(id)).rejects.toMatchObject({ code: "allow-conflict" });
    await removeAllow(test.as(bot.owner), { botId: bot.botId, allowId: allowed.id });
    expect(await restore(id)).toMatchObject({ active: true });
  });
});

describe("each of them", () => {
  const verbs = { read, lift: (id: string, actor?: typeof bot.owner) => lift(id, undefined, actor), restore };

  it.each(Object.entries(verbs))(
    "finds no block of another team, of another bot, or of no form: %s",
    async (_name, verb) => {
      const { id } = await blocked();
      const other = await addScreeningBot(test);
      const foreign = (await block(test, other, { phoneNumber: uniquePhoneNumber() })).contact.id;
      await expect(verb(id, await addTeam(test))).rejects.toMatchObject({ code: "not-found" });
      for (const contactId of [foreign, "blk_", "'"])
        await expect(verb(contactId)).rejects.toMatchObject({ code: "not-found" });
    },
  );

  it("lets a viewer look, and neither lift nor restore", async () => {
    const viewer = await addPerson(test, bot.owner.teamId, "viewer");
    const { id } = await blocked();
    expect(await read(id, viewer)).toMatchObject({ id });
    await expect(lift(id, undefined, viewer)).rejects.toMatchObject({ code: "scope-missing" });
    await expect(restore(id, viewer)).rejects.toMatchObject({ code: "scope-missing" });
  });
});
