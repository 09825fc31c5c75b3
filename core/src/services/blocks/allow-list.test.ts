import { allowedContacts } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allow, auditOf, block } from "../../testing/blocks.ts";
import {
  addScreeningBot,
  callFromLid,
  callFromNumber,
  eventsOf,
  type ScreeningBot,
  screen,
  screenSeveral,
  uniqueLid,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { addPerson, addTeam, apiKeyActor } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { getBlocked } from "./get-blocked.ts";
import { listAllowed } from "./list-allowed.ts";
import { removeAllow } from "./remove-allow.ts";
import { allowContactSchema, listAllowedSchema } from "./schemas.ts";

const HOUR_MS = 3_600_000;

let test: TestContext;
let bot: ScreeningBot;
beforeAll(async () => {
  test = await createTestContext();
  bot = await addScreeningBot(test);
});
afterAll(() => test.dispose());

const inHours = (hours: number) => new Date(test.clock.nowMs() + hours * HOUR_MS).toISOString();
const remove = (allowId: string, actor = bot.owner) => removeAllow(test.as(actor), { botId: bot.botId, allowId });
const list = (of: ScreeningBot, query = {}, actor = of.owner) =>
  listAllowed(test.as(actor), { botId: of.botId, ...listAllowedSchema.parse(query) });
const readBlock = (contactId: string) => getBlocked(test.as(bot.owner), { botId: bot.botId, contactId });

describe("an allowed caller", () => {
  it("is let through beyond the limit, until the allow ends", async () => {
    const phoneNumber = uniquePhoneNumber();
    const entry = await allow(test, bot, { phoneNumber, note: "courier", expiresAt: inHours(1) });
    expect(entry).toMatchObject({ phoneNumber, note: "courier", expiresAt: inHours(1), active: true });
    const screened = await screenSeveral(test, bot, phoneNumber, 5);
    expect(new Set(screened.map((call) => call.reason))).toEqual(new Set(["allowed-exact"]));
    test.clock.advanceMs(HOUR_MS);
    expect(await screen(test, bot, callFromNumber(test, phoneNumber))).toMatchObject({ reason: "default-ring" });
  });

  it("is no longer blocked by the limit", async () => {
    const phoneNumber = uniquePhoneNumber();
    const blockId = (await screenSeveral(test, bot, phoneNumber, 4)).at(-1)?.blockId ?? "";
    expect(await readBlock(blockId)).toMatchObject({ active: true, origin: "limit" });
    const entry = await allow(test, bot, { phoneNumber });
    expect(await readBlock(blockId)).toMatchObject({ active: false, endCause: "allowed" });
    const told = await eventsOf(test, bot.botId, "block.lifted");
    expect(told.filter((event) => event.data.id === blockId)).toHaveLength(1);
    expect(await auditOf(test, bot.botId, entry.id)).toMatchObject([
      { action: "allow.create", detail: { endedBlocks: [blockId] } },
    ]);
  });

  it("stays blocked by hand, unless it is forced", async () => {
    const phoneNumber = uniquePhoneNumber();
    const { contact } = await block(test, bot, { phoneNumber });
    await expect(allow(test, bot, { phoneNumber })).rejects.toMatchObject({ code: "block-conflict" });
    expect(await readBlock(contact.id)).toMatchObject({ active: true });
    await allow(test, bot, { phoneNumber, force: true });
    expect(await readBlock(contact.id)).toMatchObject({ active: false, endCause: "allowed" });
  });

  it("is allowed as anybody once a block by hand has run out", async () => {
    const phoneNumber = uniquePhoneNumber();
    const { contact } = await block(test, bot, { phoneNumber, hours: 1 });
    test.clock.advanceMs(HOUR_MS);
    await allow(test, bot, { phoneNumber });
    expect(await readBlock(contact.id)).toMatchObject({ endCause: "expired", liftedAt: null });
    const told = await eventsOf(test, bot.botId, "block.expired");
    expect(told.map((event) => event.data.id)).toEqual([contact.id]);
  });

  it("has one entry, which a second allow changes", async () => {
    const phoneNumber = uniquePhoneNumber();
    const first = await allow(test, bot, { phoneNumber, expiresAt: inHours(1) });
    test.clock.advanceMs(HOUR_MS);
    const second = await allow(test, bot, { phoneNumber, note: "for ever" });
    expect(second).toMatchObject({ id: first.id, expiresAt: null, note: "for ever", active: true });
  });

  it("is let through no longer once the entry is removed, and the removal is on record", async () => {
    const phoneNumber = uniquePhoneNumber();
    const entry = await allow(test, bot, { phoneNumber });
    await remove(entry.id);
    expect(await screen(test, bot, callFromNumber(test, phoneNumber))).toMatchObject({ reason: "default-ring" });
    const actions = (await auditOf(test, bot.botId, entry.id)).map((row) => row.action);
    expect(actions).toEqual(["allow.create", "allow.remove"]);
    await expect(remove(entry.id)).rejects.toMatchObject({ code: "not-found" });
  });

  it("who turns out to be the blocked one is blocked by force, though that block is kept", async () => {
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    const { contact } = await block(test, bot, { phoneNumber });
    await allow(test, bot, { lid });
    const call = () => callFromLid(test, lid, { phoneNumber });
    expect(await screen(test, bot, call())).toMatchObject({ reason: "allowed-exact" });
    const forced = await block(test, bot, { phoneNumber, force: true });
    expect(forced).toMatchObject({ isNew: false, contact: { id: contact.id } });
    expect(await screen(test, bot, call())).toMatchObject({ reason: "blocked-manual" });
  });
});

describe("the list", () => {
  it("shows the newest first, page by page, and those that ran out as inactive", async () => {
    const other = await addScreeningBot(test);
    const entries = [];
    for (const expiresAt of [inHours(1), undefined, undefined]) {
      entries.push(await allow(test, other, { phoneNumber: uniquePhoneNumber(), ...(expiresAt ? { expiresAt } : {}) }));
      test.clock.advanceMs(1);
    }
    test.clock.advanceMs(HOUR_MS);
    const first = await list(other, { limit: "2" });
    const second = await list(other, { limit: "2", cursor: first.nextCursor ?? "" });
    const ids = [...first.items, ...second.items].map((entry) => entry.id);
    expect(ids).toEqual(entries.map((entry) => entry.id).toReversed());
    expect(second.nextCursor).toBeNull();
    expect([...first.items, ...second.items].map((entry) => entry.active)).toEqual([true, true, false]);
  });

  it("finds by number, LID and note", async () => {
    const [phoneNumber, lid] = [uniquePhoneNumber(), uniqueLid()];
    const byNumber = await allow(test, bot, { phoneNumber });
    const byLid = await allow(test, bot, { lid, note: "Head Office" });
    const found = async (search: string) => (await list(bot, { search })).items.map((entry) => entry.id);
    expect(await found(`+${phoneNumber.slice(0, 3)} ${phoneNumber.slice(3)}`)).toEqual([byNumber.id]);
    expect(await found(lid)).toEqual([byLid.id]);
    expect(await found("head off")).toEqual([byLid.id]);
  });
});

describe("a refusal", () => {
  it.each([
    ["nobody", {}],
    ["two names of one", { phoneNumber: "+34600000000", lid: "1" }],
    ["an end that is no instant", { phoneNumber: "+34600000000", expiresAt: "tomorrow" }],
  ])("meets a body that names %s", (_case, body) => {
    expect(allowContactSchema.safeParse(body).success).toBe(false);
  });

  it.each([
    ["expiresAt", { expiresAt: "2025-03-10T12:00:00Z" }],
    ["phoneNumber", { phoneNumber: "nobody" }],
  ])("names the field %s", async (path, body) => {
    const refused = allow(test, bot, { phoneNumber: uniquePhoneNumber(), ...body });
    await expect(refused).rejects.toMatchObject({ code: "validation-failed", details: { errors: [{ path }] } });
  });

  it("is the same for the bot of another team, another bot's entry, and ids that are none", async () => {
    const stranger = await addTeam(test);
    const other = await addScreeningBot(test);
    const own = await allow(test, bot, { phoneNumber: uniquePhoneNumber() });
    const foreign = await allow(test, other, { phoneNumber: uniquePhoneNumber() });
    const wishes = [
      () => allow(test, bot, { phoneNumber: uniquePhoneNumber() }, stranger),
      () => list(bot, {}, stranger),
      () => remove(own.id, stranger),
      () => remove(foreign.id),
      () => remove("alw_"),
    ];
    for (const wish of wishes) await expect(wish()).rejects.toMatchObject({ code: "not-found" });
    expect(await test.db.reader.$count(allowedContacts, eq(allowedContacts.id, foreign.id))).toBe(1);
  });

  it("meets a viewer who writes, and a key that may only write where it reads", async () => {
    const viewer = await addPerson(test, bot.owner.teamId, "viewer");
    const entry = await allow(test, bot, { phoneNumber: uniquePhoneNumber() });
    const writer = apiKeyActor(bot.owner.teamId, ["blocking:write"]);
    const isScopeMissing = { code: "scope-missing" };
    await expect(allow(test, bot, { phoneNumber: uniquePhoneNumber() }, viewer)).rejects.toMatchObject(isScopeMissing);
    await expect(remove(entry.id, viewer)).rejects.toMatchObject(isScopeMissing);
    const query = { botId: bot.botId, ...listAllowedSchema.parse({}) };
    await expect(listAllowed(test.as(writer), query)).rejects.toMatchObject(isScopeMissing);
    expect(await list(bot, {}, viewer)).toMatchObject({ nextCursor: null });
  });
});
