import { allowedContacts, blockedContacts, callers, knownContacts } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allow, block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromLid,
  callFromNumber,
  callRowsOf,
  eventsOf,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniqueLid,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { importKnownContacts } from "./import-known-contacts.ts";
import { learnIdentity } from "./learn-identity.ts";
import { noteMessage } from "./note-message.ts";

const HOUR_MS = 3_600_000;

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const worker = () => workerContext(test);
const learn = (bot: ScreeningBot, phoneNumber: string, lid: string) =>
  learnIdentity(worker(), { lease: bot.lease, phoneNumber, lid });
const peopleOf = (bot: ScreeningBot) =>
  test.db.reader.select().from(callers).where(eq(callers.botId, bot.botId)).orderBy(sql`rowid`);
const blocksOf = (bot: ScreeningBot) =>
  test.db.reader.select().from(blockedContacts).where(eq(blockedContacts.botId, bot.botId));

describe("one person under two names", () => {
  it("A16, D6: a block by number turns away a call that shows LID and number", async () => {
    const bot = await addScreeningBot(test);
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    const { contact } = await block(test, bot, { phoneNumber });
    expect(contact.mayNotMatchYet).toBe(true);
    const call = callFromLid(test, lid, { phoneNumber });
    expect(await screen(test, bot, call)).toMatchObject({ reason: "blocked-manual", blockId: contact.id });
    expect((await screen(test, bot, callFromLid(test, lid))).reason).toBe("blocked-manual");
    expect(await peopleOf(bot)).toHaveLength(1);
  });

  it("A16: a block by number turns away LID-only calls from the moment the pair is learnt", async () => {
    const bot = await addScreeningBot(test);
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    await block(test, bot, { phoneNumber });
    expect((await screen(test, bot, callFromLid(test, lid))).reason).toBe("default-ring");
    await learn(bot, phoneNumber, lid);
    expect((await screen(test, bot, callFromLid(test, lid))).reason).toBe("blocked-manual");
  });

  it("ignores the device a call comes from", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1 });
    const lid = uniqueLid();
    await screen(test, bot, callFromLid(test, lid, { callFrom: `${lid}:7@lid` }));
    expect((await screen(test, bot, callFromLid(test, lid, { callFrom: `${lid}:9@lid` }))).reason).toBe(
      "limit-exceeded",
    );
  });

  it("takes a number and a LID of the same digits for two people", async () => {
    const bot = await addScreeningBot(test);
    const digits = uniquePhoneNumber();
    await block(test, bot, { phoneNumber: digits });
    expect((await screen(test, bot, callFromLid(test, digits))).reason).toBe("default-ring");
  });

  it("counts the calls under both names together once the pair is known", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 4 });
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    await screenSeveral(test, bot, phoneNumber, 2);
    await screen(test, bot, callFromLid(test, lid));
    await screen(test, bot, callFromLid(test, lid));
    expect((await screen(test, bot, callFromLid(test, lid, { phoneNumber }))).reason).toBe("limit-exceeded");
    const people = await peopleOf(bot);
    expect(people).toMatchObject([{ phoneNumber, lid }]);
    const rows = await callRowsOf(test, bot.botId);
    expect(new Set(rows.map((row) => row.callerId))).toEqual(new Set([people[0]?.id]));
  });

  it("lets the number's block and allow speak for another LID that has the number now, and merges nobody", async () => {
    const bot = await addScreeningBot(test);
    const [phoneNumber, oldLid, newLid] = [uniquePhoneNumber(), uniqueLid(), uniqueLid()];
    await screen(test, bot, callFromLid(test, oldLid, { phoneNumber }));
    await block(test, bot, { phoneNumber });
    expect((await screen(test, bot, callFromLid(test, newLid, { phoneNumber }))).reason).toBe("blocked-manual");
    expect(await peopleOf(bot)).toMatchObject([
      { phoneNumber, lid: oldLid },
      { phoneNumber: null, lid: newLid },
    ]);
    await allow(test, bot, { phoneNumber, force: true });
    expect((await screen(test, bot, callFromLid(test, newLid, { phoneNumber }))).reason).toBe("allowed-exact");
  });
});

describe("merging two people who are one", () => {
  it("D6: leaves one block, with the longest end, and tells of the other's end once", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: 1, blockHours: 72 });
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    const manual = await block(test, bot, { phoneNumber, hours: 5 });
    await screen(test, bot, callFromLid(test, lid));
    const auto = await screen(test, bot, callFromLid(test, lid));
    const endMs = test.clock.nowMs() + 72 * HOUR_MS;
    await learn(bot, phoneNumber, lid);
    await learn(bot, phoneNumber, lid);
    const rows = await blocksOf(bot);
    expect(rows.find((row) => row.id === manual.contact.id)).toMatchObject({ endedAtMs: null, expiresAtMs: endMs });
    expect(rows.find((row) => row.id === auto.blockId)).toMatchObject({ endCause: "merged" });
    const lifted = await eventsOf(test, bot.botId, "block.lifted");
    expect(lifted.map((event) => event.data)).toMatchObject([{ id: auto.blockId, endCause: "merged", active: false }]);
    expect((await screen(test, bot, callFromLid(test, lid))).blockId).toBe(manual.contact.id);
  });

  it("ends a block the clock has ended as expired, not as merged", async () => {
    const bot = await addScreeningBot(test);
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    await block(test, bot, { phoneNumber, hours: 1 });
    const kept = await block(test, bot, { lid, type: "permanent" });
    test.clock.advanceMs(HOUR_MS);
    await learn(bot, phoneNumber, lid);
    const rows = await blocksOf(bot);
    expect(rows.map((row) => row.endCause).toSorted()).toEqual(["expired", null]);
    expect((await screen(test, bot, callFromNumber(test, phoneNumber))).blockId).toBe(kept.contact.id);
  });

  it("keeps the later restart of the count, the allow that lasts longer, and the first message", async () => {
    const bot = await addScreeningBot(test);
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    const soon = new Date(test.clock.nowMs() + HOUR_MS).toISOString();
    await allow(test, bot, { phoneNumber, note: "for ever" });
    test.clock.advanceMs(1);
    await allow(test, bot, { lid, expiresAt: soon });
    const chats = [
      { phoneNumber, name: "Ana", firstMessageAtMs: 2_000 },
      { lid, name: "Ana P.", firstMessageAtMs: 1_000 },
    ];
    expect(await importKnownContacts(worker(), { lease: bot.lease, contacts: chats })).toBe(2);
    const [first, second] = await peopleOf(bot);
    await test.db.write(async (tx) => {
      await tx
        .update(callers)
        .set({ countFromMs: 500 })
        .where(eq(callers.id, first?.id ?? ""));
      await tx
        .update(callers)
        .set({ countFromMs: 700 })
        .where(eq(callers.id, second?.id ?? ""));
    });
    const callerId = await learn(bot, phoneNumber, lid);
    expect(await peopleOf(bot)).toMatchObject([{ id: callerId, phoneNumber, lid, name: "Ana", countFromMs: 700 }]);
    const where = eq(allowedContacts.botId, bot.botId);
    const allows = await test.db.reader.select().from(allowedContacts).where(where);
    expect(allows).toMatchObject([{ callerId, note: "for ever", expiresAtMs: null }]);
    const known = await test.db.reader.select().from(knownContacts).where(eq(knownContacts.botId, bot.botId));
    expect(known).toMatchObject([{ callerId, firstMessageAtMs: 1_000 }]);
  });

  it("F18: matches a block by number, LID or both, whenever the pair is learnt, and nobody else", async () => {
    const bot = await addScreeningBot(test, { dailyLimit: null });
    const ways = ["number", "lid", "both"] as const;
    for (const blockedBy of ways) {
      for (const calledBy of ways) {
        const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
        if (blockedBy === "both") await learn(bot, phoneNumber, lid);
        const { contact } = await block(test, bot, blockedBy === "lid" ? { lid } : { phoneNumber });
        if (calledBy !== "both") await learn(bot, phoneNumber, lid);
        const pair = calledBy === "both" ? { phoneNumber } : {};
        const call = calledBy === "number" ? callFromNumber(test, phoneNumber) : callFromLid(test, lid, pair);
        expect((await screen(test, bot, call)).blockId, `${blockedBy} ${calledBy}`).toBe(contact.id);
        const other = callFromLid(test, uniqueLid(), { phoneNumber: uniquePhoneNumber() });
        expect((await screen(test, bot, other)).reason).toBe("default-ring");
      }
    }
  });
});

describe("whom the bot has chatted with", () => {
  it("keeps the first message and the first name, and learns the pair a message tells", async () => {
    const bot = await addScreeningBot(test);
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    const note = (names: object, name: string, atMs: number) =>
      noteMessage(worker(), { lease: bot.lease, ...names, name, atMs, direction: "in", messageId: `M${atMs}` });
    await note({ lid }, "  Ana ", 5_000);
    await note({ lid, phoneNumber }, "Ana again", 9_000);
    await note({ phoneNumber }, "Somebody", 1);
    expect(await peopleOf(bot)).toMatchObject([{ phoneNumber, lid, name: "Ana" }]);
    const known = await test.db.reader.select().from(knownContacts).where(eq(knownContacts.botId, bot.botId));
    expect(known).toMatchObject([{ name: "Ana", firstMessageAtMs: 5_000 }]);
  });

  it("stores no pair of people the bot has nothing to do with", async () => {
    const bot = await addScreeningBot(test);
    expect(await learn(bot, uniquePhoneNumber(), uniqueLid())).toBeNull();
    expect(await peopleOf(bot)).toEqual([]);
  });

  it("writes nothing for a holder of an earlier epoch", async () => {
    const bot = await addScreeningBot(test);
    const lease = { ...bot.lease, epoch: bot.lease.epoch - 1 };
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    await screen(test, bot, callFromNumber(test, phoneNumber));
    const stale = { code: "stale-epoch" };
    await expect(learnIdentity(worker(), { lease, phoneNumber, lid })).rejects.toMatchObject(stale);
    const message = { phoneNumber, name: "Ana", atMs: 1, direction: "in", messageId: "M" } as const;
    await expect(noteMessage(worker(), { lease, ...message })).rejects.toMatchObject(stale);
    expect(await peopleOf(bot)).toMatchObject([{ phoneNumber, lid: null, name: null }]);
  });
});
