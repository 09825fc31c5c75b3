import { screeningSteps } from "@switchboard/core/domain/screening-types";
import { botStateReasons, botStates, callOutcomes, pairingFailureReasons } from "@switchboard/core/domain/vocabulary";
import { expect, test } from "vitest";
import { describeStep } from "../../web/src/lib/features/calls/describe-step.ts";
import { nextStepOf } from "../../web/src/lib/words/bot-next-steps.ts";
import { botStates as shownBotStates } from "../../web/src/lib/words/bots.ts";
import { callOutcomes as shownOutcomes } from "../../web/src/lib/words/calls.ts";
import { pairingFailureWords } from "../../web/src/lib/words/pairing.ts";

test.each(botStateReasons)("the dashboard says what to do about a bot that failed for %s", (reason) => {
  expect(nextStepOf({ state: "failed", reason, linked: true, desiredState: "stopped" })).not.toBeNull();
});

test("the dashboard offers every state as a filter, and words for every failure of a pairing", () => {
  expect([...shownBotStates].sort()).toEqual([...botStates].sort());
  expect(Object.keys(pairingFailureWords).sort()).toEqual([...pairingFailureReasons].sort());
});

test("the dashboard shows every outcome of a call, and has words for every step of a decision", () => {
  expect([...shownOutcomes].sort()).toEqual([...callOutcomes].sort());
  const wordless = screeningSteps.filter((step) => describeStep({ step, result: "passed", detail: {} }).found === step);
  expect(wordless).toEqual([]);
});
