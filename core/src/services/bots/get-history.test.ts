import type { BotId } from "@switchboard/db/schema";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addPerson, addTeam, holdBot, type TestLease, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { type BotReport, reportBot } from "../fleet/report-bot.ts";
import { createBot } from "./create-bot.ts";
import { getBotHistory } from "./get-history.ts";
import { updateBot } from "./update-bot.ts";

const HOUR_MS = 3_600_000;

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let botId: BotId;
let lease: TestLease;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  botId = (await createBot(test.as(owner), { name: "Desk" })).id;
  lease = await holdBot(test, botId);
});

const report = (state: BotReport["state"], reason: BotReport["reason"] = null) =>
  reportBot(workerContext(test), lease, { state, reason });
const look = (hours: number) => getBotHistory(test.as(owner), { botId, hours });
const statesOf = async (hours: number) => (await look(hours)).segments.map(({ state }) => state);

describe("the history of a bot", () => {
  it("tells each state with its reason in words, from the making of the bot up to now", async () => {
    const madeAt = test.clock.nowMs();
    test.clock.advanceMs(1_000);
    await report("connecting");
    test.clock.advanceMs(1_000);
    await report("backing-off", "connection-lost");
    test.clock.advanceMs(1_000);
    const history = await look(24);
    const at = (afterMs: number) => new Date(madeAt + afterMs).toISOString();
    expect(history.segments).toEqual([
      { state: "stopped", reason: null, reasonText: null, from: at(0), to: at(1_000) },
      { state: "connecting", reason: null, reasonText: null, from: at(1_000), to: at(2_000) },
      {
        state: "backing-off",
        reason: "connection-lost",
        reasonText: "The connection went silent and was given up.",
        from: at(2_000),
        to: at(3_000),
      },
    ]);
    expect(history).toMatchObject({ to: at(3_000), knownSince: at(0), from: at(3_000 - 24 * HOUR_MS) });
  });

  it("knows what was true when the span began, although it was told long before", async () => {
    await report("failed", "forbidden");
    test.clock.advanceMs(5 * HOUR_MS);
    const history = await look(1);
    expect(history.segments).toMatchObject([{ state: "failed", from: history.from, to: history.to }]);
    expect(history.knownSince).toBe(history.from);
  });

  it("is not cut by a change of the name", async () => {
    test.clock.advanceMs(1_000);
    await updateBot(test.as(owner), { botId, name: "Desk two" });
    test.clock.advanceMs(1_000);
    expect(await statesOf(24)).toEqual(["stopped"]);
  });

  it("does not show a bot as online after its holder fell silent", async () => {
    test.clock.advanceMs(1_000);
    await report("online");
    test.clock.advanceMs(10 * HOUR_MS);
    expect(await statesOf(24)).toEqual(["stopped", "online", "backing-off"]);
    const { segments } = await look(24);
    expect(segments.at(-1)).toMatchObject({ reason: "worker-gone" });
  });

  it("is for who may read the bot", async () => {
    const viewer = await addPerson(test, owner.teamId, "viewer");
    test.clock.advanceMs(1_000);
    expect((await getBotHistory(test.as(viewer), { botId, hours: 1 })).segments).not.toEqual([]);
    const stranger = test.as(await addTeam(test));
    await expect(getBotHistory(stranger, { botId, hours: 1 })).rejects.toMatchObject({ code: "not-found" });
  });
});
