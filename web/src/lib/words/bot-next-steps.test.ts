import { expect, test } from "vitest";
import { nextStepOf } from "./bot-next-steps.ts";

const bot = { state: "stopped", reason: null, linked: false, desiredState: "stopped" } as const;

test("a new bot is to be paired, a linked one that was stopped is to be started", () => {
  expect(nextStepOf(bot)).toBe("Pair it with a phone.");
  expect(nextStepOf({ ...bot, reason: "stopped-by-user" })).toBe("Pair it with a phone.");
  expect(nextStepOf({ ...bot, linked: true, reason: "stopped-by-user" })).toBe("Start it to connect again.");
});

test("a bot that is online or on its way needs nothing", () => {
  expect(nextStepOf({ ...bot, state: "online", linked: true })).toBeNull();
  expect(nextStepOf({ ...bot, state: "connecting", linked: true, reason: "connection-lost" })).toBeNull();
});

test("a reason that a later version made has no step, and breaks nothing", () => {
  expect(nextStepOf({ ...bot, state: "failed", reason: "solar-flare" })).toBeNull();
});
