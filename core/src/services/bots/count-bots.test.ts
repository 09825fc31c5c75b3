import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addBot, addPerson, addTeam, apiKeyActor, holdBot, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { reportBot } from "../fleet/report-bot.ts";
import { countBots } from "./count-bots.ts";
import { createBot } from "./create-bot.ts";
import { deleteBot } from "./delete-bot.ts";
import { listBots } from "./list-bots.ts";

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
});

describe("the counts of bots", () => {
  it("name every state, and count the team's own bots that are there", async () => {
    await addBot(test, await addTeam(test));
    await createBot(test.as(owner), { name: "Front desk" });
    const gone = await createBot(test.as(owner), { name: "Gone" });
    await deleteBot(test.as(owner), { botId: gone.id, confirm: "Gone" });
    const counts = await countBots(test.as(owner), {});
    expect(counts).toMatchObject({ total: 1, states: { stopped: 1, online: 0, "handed-over": 0 } });
  });

  it("fit the list under the same name and state, also for a bot whose holder has fallen silent", async () => {
    await createBot(test.as(owner), { name: "Desk" });
    const { id: botId } = await createBot(test.as(owner), { name: "Night desk" });
    await createBot(test.as(owner), { name: "Archive" });
    const lease = await holdBot(test, botId);
    await reportBot(workerContext(test), lease, { state: "online", reason: null });
    const look = async (state: "online" | "backing-off" | "stopped") => {
      const { states } = await countBots(test.as(owner), { name: "DESK" });
      const { items } = await listBots(test.as(owner), { limit: 50, name: "DESK", state });
      expect(items.every((bot) => bot.state === state)).toBe(true);
      expect(states[state]).toBe(items.length);
      return items.length;
    };
    expect([await look("online"), await look("backing-off"), await look("stopped")]).toEqual([1, 0, 1]);
    test.clock.advanceMs(120_000);
    expect([await look("online"), await look("backing-off"), await look("stopped")]).toEqual([0, 1, 1]);
  });

  it("show a key only the bots it is limited to, and need bots:read", async () => {
    const botId = await addBot(test, owner);
    await addBot(test, owner);
    const limited = apiKeyActor(owner.teamId, ["bots:read"], [botId]);
    expect(await countBots(test.as(limited), {})).toMatchObject({ total: 1 });
    expect(await countBots(test.as(await addPerson(test, owner.teamId, "viewer")), {})).toMatchObject({ total: 2 });
    const other = apiKeyActor(owner.teamId, ["calls:read"]);
    await expect(countBots(test.as(other), {})).rejects.toMatchObject({ code: "scope-missing" });
  });
});
