import { afterAll, beforeAll, expect, it } from "vitest";
import { block } from "../../testing/blocks.ts";
import { addScreeningBot, callFromNumber, type ScreeningBot, screen, uniquePhoneNumber } from "../../testing/calls.ts";
import { addPerson, addTeam, apiKeyActor } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { blockContactSchema } from "./schemas.ts";

let test: TestContext;
let bot: ScreeningBot;
beforeAll(async () => {
  test = await createTestContext();
  bot = await addScreeningBot(test);
});
afterAll(() => test.dispose());

it.each([
  ["nobody", {}],
  ["two names of one", { phoneNumber: "+34600000000", lid: "1" }],
  ["an unknown field", { phoneNumber: "+34600000000", reasn: "spam" }],
  ["no hours at all", { phoneNumber: "+34600000000", hours: 0 }],
])("refuses a body that names %s", (_case, body) => {
  expect(blockContactSchema.safeParse(body).success).toBe(false);
});

it.each([
  ["phoneNumber", { phoneNumber: "0600 000 000" }],
  ["lid", { lid: "34600000000@s.whatsapp.net" }],
])("names the field %s that is no name of a person", async (path, person) => {
  const refused = block(test, bot, person);
  await expect(refused).rejects.toMatchObject({ code: "validation-failed", details: { errors: [{ path }] } });
});

it("finds no bot of another team, no call of another bot, and no ids that are none", async () => {
  const stranger = await addTeam(test);
  const other = await addScreeningBot(test);
  const { callRowId } = await screen(test, other, callFromNumber(test, uniquePhoneNumber()));
  const keyOfOtherBots = apiKeyActor(bot.owner.teamId, ["blocking:write"], []);
  const wishes = [
    () => block(test, bot, { phoneNumber: uniquePhoneNumber() }, stranger),
    () => block(test, bot, { phoneNumber: uniquePhoneNumber() }, keyOfOtherBots),
    () => block(test, bot, { callId: callRowId }),
    () => block(test, bot, { callId: "call_" }),
  ];
  for (const wish of wishes) await expect(wish()).rejects.toMatchObject({ code: "not-found" });
});

it("tells those who may only look which scope is missing", async () => {
  const viewer = await addPerson(test, bot.owner.teamId, "viewer");
  const reader = apiKeyActor(bot.owner.teamId, ["blocking:read"]);
  for (const actor of [viewer, reader]) {
    const refused = block(test, bot, { phoneNumber: uniquePhoneNumber() }, actor);
    const extra = { requiredScope: "blocking:write" };
    await expect(refused).rejects.toMatchObject({ code: "scope-missing", details: { extra } });
  }
});

it.each([
  ["type", { type: "permanent" as const, hours: 1 }],
  ["hours", { hours: 1, expiresAt: "2025-03-11T12:00:00Z" }],
  ["expiresAt", { expiresAt: "2025-03-10T12:00:00Z" }],
  ["expiresAt", { expiresAt: "2027-03-10T12:00:00Z" }],
])("names the field %s of a length that is none: %o", async (path, length) => {
  const refused = block(test, bot, { phoneNumber: uniquePhoneNumber(), ...length });
  await expect(refused).rejects.toMatchObject({ code: "validation-failed", details: { errors: [{ path }] } });
});
