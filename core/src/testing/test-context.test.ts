import { afterAll, beforeAll, expect, it } from "vitest";
import { getBot } from "../services/bots/get-bot.ts";
import { addBot, addTeam, holdBot } from "./factories.ts";
import { createTestContext, type TestContext } from "./test-context.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

it("gives each suite teams and bots of its own that the verbs accept", async () => {
  const owner = await addTeam(test);
  const botId = await addBot(test, owner, "Europe/Madrid");
  expect(await getBot(test.as(owner), { botId })).toMatchObject({ id: botId, timeZone: "Europe/Madrid" });
  const stranger = await addTeam(test);
  await expect(getBot(test.as(stranger), { botId })).rejects.toMatchObject({ code: "not-found" });
});

it("raises the epoch with each holder, so that an earlier lease is stale", async () => {
  const botId = await addBot(test, await addTeam(test));
  const first = await holdBot(test, botId);
  const second = await holdBot(test, botId);
  expect(second.epoch).toBe(first.epoch + 1);
});
