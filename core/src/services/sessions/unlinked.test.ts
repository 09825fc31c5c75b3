import { bots } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addBot, addTeam } from "../../testing/factories.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { getSession } from "./get-session.ts";
import { issueToken } from "./issue-token.ts";

let test: TestContext;
let owner: Actor;

beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
});
afterAll(() => test.dispose());

it("never hands out the credentials of a pairing that is not finished, or of an unlinked device", async () => {
  const botId = await addBot(test, owner);
  await linkBot(test, botId);
  await test.db.write((tx) => tx.update(bots).set({ isLinked: false }).where(eq(bots.id, botId)));
  const notPaired = expect.objectContaining({ code: "not-paired" });
  await expect(getSession(test.as(owner), { botId })).rejects.toEqual(notPaired);
  await expect(issueToken(test.as(owner), { botId })).rejects.toEqual(notPaired);
});
