import { expect, test } from "vitest";
import { changedBy } from "./changes.ts";

test("an event of a bot makes old what is shown of this bot, and no other", () => {
  expect(changedBy({ type: "call.screened", botId: "bot_1" })).toEqual([
    ["calls", "bot_1"],
    ["statistics", "bot_1"],
    ["blocks", "bot_1"],
  ]);
});

test("lists over all bots are made old as a whole", () => {
  expect(changedBy({ type: "bot.state", botId: "bot_1" })).toContainEqual(["bots"]);
  expect(changedBy({ type: "worker.down" })).toEqual([["system"]]);
});

test("an event that a later version made changes nothing", () => {
  expect(changedBy({ type: "weather.changed", botId: "bot_1" })).toEqual([]);
});
