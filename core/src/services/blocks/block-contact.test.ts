import { type BotId, blockedContacts, callers } from "@switchboard/db/schema";
import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIds } from "../../crypto/ids.ts";
import { allow, auditOf, block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromLid,
  callFromNumber,
  eventsOf,
  type ScreeningBot,
  screen,
  uniqueLid,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { apiKeyActor } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { blockContact } from "./block-contact.ts";
import { blockContactSchema } from "./schemas.ts";

const HOUR_MS = 3_600_000;

let test: TestContext;
let bot: ScreeningBot;
beforeAll(async () => {
  test = await createTestContext();
  bot = await addScreeningBot(test, { blockType: "temporary", blockHours: 12 });
});
afterAll(() => test.dispose());

const inHours = (hours: number) => new Date(test.clock.nowMs() + hours * HOUR_MS).toISOString();
const rowsOf = (botId: BotId) =>
  test.db.reader
    .select()
    .from(blockedContacts)
    .where(eq(blockedContacts.botId, botId))
    .orderBy(asc(blockedContacts.id));

describe("who is blocked", () => {
  it("is the number as people write it, and calls from it are turned away", async () => {
    const number = uniquePhoneNumber();
    const { contact, isNew } = await block(test, bot, { phoneNumber: `+${number.slice(0, 2)} (${number.slice(2)})` });
    expect(isNew).toBe(true);
    expect(contact).toMatchObject({ phoneNumber: number, lid: null, active: true, mayNotMatchYet: true });
    const call = await screen(test, bot, callFromNumber(test, number));
    expect(call).toMatchObject({ outcome: "blocked", reason: "blocked-manual", blockId: contact.id });
  });

  it("is the LID, with or without its server, one person both times", async () => {
    const lid = uniqueLid();
    const first = await block(test, bot, { lid: `${lid}@lid` });
    const second = await block(test, bot, { lid });
    expect(first.contact).toMatchObject({ lid, phoneNumber: null, mayNotMatchYet: false });
    expect(second).toEqual({ contact: first.contact, isNew: false });
  });

  it("is the caller of a call of the history", async () => {
    const number = uniquePhoneNumber();
    const { callRowId } = await screen(test, bot, callFromNumber(test, number));
    const { contact } = await block(test, bot, { callId: callRowId });
    expect(contact.phoneNumber).toBe(number);
  });

  it("is found by number when the call shows a LID and tells the number", async () => {
    const number = uniquePhoneNumber();
    await block(test, bot, { phoneNumber: number });
    const call = await screen(test, bot, callFromLid(test, uniqueLid(), { phoneNumber: number }));
    expect(call.reason).toBe("blocked-manual");
  });

  it("is found by a call that shows a LID only, once a call has told that the two are one", async () => {
    const [number, lid] = [uniquePhoneNumber(), uniqueLid()];
    await screen(test, bot, callFromLid(test, lid, { phoneNumber: number }));
    const { contact } = await block(test, bot, { phoneNumber: number });
    expect(contact).toMatchObject({ lid, mayNotMatchYet: false });
    expect(await screen(test, bot, callFromLid(test, lid))).toMatchObject({ reason: "blocked-manual" });
  });
});

describe("the length", () => {
  it("is what the settings say where none is given", async () => {
    const { contact } = await block(test, bot, { phoneNumber: uniquePhoneNumber() });
    expect(contact).toMatchObject({ type: "temporary", expiresAt: inHours(12) });
  });

  it.each([
    ["hours", () => ({ hours: 3 }), () => ({ type: "temporary", expiresAt: inHours(3) })],
    ["an instant", () => ({ expiresAt: inHours(5) }), () => ({ type: "temporary", expiresAt: inHours(5) })],
    ["the type alone", () => ({ type: "permanent" as const }), () => ({ type: "permanent", expiresAt: null })],
  ])("is %s", async (_case, length, expected) => {
    const { contact } = await block(test, bot, { phoneNumber: uniquePhoneNumber(), ...length() });
    expect(contact).toMatchObject(expected());
  });
});

describe("a second block", () => {
  it("of the same length or shorter changes nothing and answers the row there is", async () => {
    const phoneNumber = uniquePhoneNumber();
    const first = await block(test, bot, { phoneNumber, hours: 5, note: "first" });
    test.clock.advanceMs(1);
    const toldBefore = await eventsOf(test, bot.botId);
    const second = await block(test, bot, { phoneNumber, hours: 4, note: "second" });
    expect(second).toEqual({ contact: first.contact, isNew: false });
    expect(await eventsOf(test, bot.botId)).toHaveLength(toldBefore.length);
  });

  it("that lasts longer is a row of its own, and the first stays as history", async () => {
    const other = await addScreeningBot(test);
    const phoneNumber = uniquePhoneNumber();
    const first = await block(test, other, { phoneNumber, hours: 1 });
    test.clock.advanceMs(1);
    const second = await block(test, other, { phoneNumber, type: "permanent" });
    expect(second).toMatchObject({ isNew: true, contact: { type: "permanent" } });
    const rows = await rowsOf(other.botId);
    expect(rows.map(({ id, endCause }) => [id, endCause])).toEqual([
      [first.contact.id, "replaced"],
      [second.contact.id, null],
    ]);
    const told = (await eventsOf(test, other.botId)).filter((event) => event.type.startsWith("block."));
    expect(told.map((event) => [event.type, event.data.id])).toEqual([
      ["block.created", first.contact.id],
      ["block.lifted", first.contact.id],
      ["block.created", second.contact.id],
    ]);
  });

  it("never makes a permanent one temporary, unless it is to replace it", async () => {
    const phoneNumber = uniquePhoneNumber();
    const permanent = await block(test, bot, { phoneNumber, type: "permanent" });
    expect(await block(test, bot, { phoneNumber, hours: 24 })).toEqual({ contact: permanent.contact, isNew: false });
    const replaced = await block(test, bot, { phoneNumber, hours: 24, replace: true });
    expect(replaced).toMatchObject({ isNew: true, contact: { type: "temporary", expiresAt: inHours(24) } });
    expect(replaced.contact.id).not.toBe(permanent.contact.id);
  });

  it("after the first ran out unmarked tells of the first's end once and begins anew", async () => {
    const other = await addScreeningBot(test);
    const phoneNumber = uniquePhoneNumber();
    const first = await block(test, other, { phoneNumber, hours: 1 });
    test.clock.advanceMs(HOUR_MS);
    expect(await block(test, other, { phoneNumber, hours: 1 })).toMatchObject({ isNew: true });
    const expired = await eventsOf(test, other.botId, "block.expired");
    expect(expired.map((event) => event.data.id)).toEqual([first.contact.id]);
  });

  it("at the same instant as another makes one block", async () => {
    const other = await addScreeningBot(test);
    const phoneNumber = uniquePhoneNumber();
    const wishes = await Promise.all([1, 2, 3].map(() => block(test, other, { phoneNumber, hours: 1 })));
    expect(new Set(wishes.map(({ contact }) => contact.id)).size).toBe(1);
    expect(await eventsOf(test, other.botId, "block.created")).toHaveLength(1);
  });
});

describe("a caller on the allow list", () => {
  it("is not blocked", async () => {
    const phoneNumber = uniquePhoneNumber();
    await allow(test, bot, { phoneNumber });
    await expect(block(test, bot, { phoneNumber })).rejects.toMatchObject({ code: "allow-conflict" });
  });

  it("is blocked by force, and then really turned away", async () => {
    const phoneNumber = uniquePhoneNumber();
    await allow(test, bot, { phoneNumber });
    expect(await block(test, bot, { phoneNumber, force: true })).toMatchObject({ isNew: true });
    expect(await screen(test, bot, callFromNumber(test, phoneNumber))).toMatchObject({ outcome: "blocked" });
  });

  it("is blocked as anybody once the allow has run out", async () => {
    const phoneNumber = uniquePhoneNumber();
    await allow(test, bot, { phoneNumber, expiresAt: inHours(1) });
    test.clock.advanceMs(HOUR_MS);
    expect(await block(test, bot, { phoneNumber })).toMatchObject({ isNew: true });
  });
});

describe("the records", () => {
  it("name who blocked, with an audit row and one event", async () => {
    const key = apiKeyActor(bot.owner.teamId, ["blocking:write"]);
    const manual = await block(test, bot, {
      phoneNumber: uniquePhoneNumber(),
      reason: "spam",
      note: "called at night",
    });
    const byKey = await block(test, bot, { phoneNumber: uniquePhoneNumber() }, key);
    const createdBy = `user:${bot.owner.userId}`;
    expect(manual.contact).toMatchObject({ origin: "manual", reason: "spam", note: "called at night", createdBy });
    expect(byKey.contact).toMatchObject({ origin: "api", createdBy: `api-key:${key.keyId}` });
    expect(await auditOf(test, bot.botId, manual.contact.id)).toMatchObject([
      { action: "block.create", actorId: bot.owner.userId, outcome: "success" },
    ]);
    const told = await eventsOf(test, bot.botId, "block.created");
    expect(told.filter((event) => event.data.id === manual.contact.id).map((event) => event.data)).toEqual([
      manual.contact,
    ]);
  });

  it("are all there or none: without its audit row there is no block", async () => {
    const other = await addScreeningBot(test);
    const ids = createIds(test.clock);
    const taken = ids.next("audit");
    const sameAudit = { next: (kind: Parameters<typeof ids.next>[0]) => (kind === "audit" ? taken : ids.next(kind)) };
    const ctx = test.as(other.owner, { ids: sameAudit });
    const wish = () => ({ botId: other.botId, ...blockContactSchema.parse({ phoneNumber: uniquePhoneNumber() }) });
    await blockContact(ctx, wish());
    await expect(blockContact(ctx, wish())).rejects.toThrow();
    expect(await rowsOf(other.botId)).toHaveLength(1);
    expect(await test.db.reader.$count(callers, eq(callers.botId, other.botId))).toBe(1);
    expect(await eventsOf(test, other.botId, "block.created")).toHaveLength(1);
  });
});
