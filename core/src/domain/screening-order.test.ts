import { describe, expect, it } from "vitest";
import { decideCall } from "./screening.ts";
import { type CallDecision, noRules, type ScreeningInput } from "./screening-types.ts";
import { enforcing, liveCall, sampleBlock, screeningInput } from "./testing/screening-fixtures.ts";
import type { CallOutcome, CallReason } from "./vocabulary.ts";

/** One rule made to match, on top of whatever other rules match already. */
interface MatchingRule {
  reason: CallReason;
  outcome: CallOutcome;
  counts: boolean;
  apply: (input: ScreeningInput) => ScreeningInput;
}

const limit = 3;

/** In the order in which the first match decides. */
const rulesInOrder: readonly MatchingRule[] = [
  rule("own-number", "allowed", false, (input) => ({ ...input, caller: { ...input.caller, isOwnNumber: true } })),
  rule("staff", "allowed", false, (input) => ({ ...input, caller: { ...input.caller, isStaff: true } })),
  rule("allowed-exact", "allowed", false, (input) => ({ ...input, caller: { ...input.caller, isAllowed: true } })),
  rule("group-rejected", "rejected", false, (input) => ({
    ...input,
    call: { ...input.call, kind: "group" },
    settings: { ...input.settings, groupCalls: "reject" },
  })),
  rule("blocked-manual", "blocked", false, (input) => ({
    ...input,
    blocks: [...input.blocks, sampleBlock({ id: "blk_manual", origin: "manual" })],
  })),
  rule("blocked-auto", "blocked", false, (input) => ({ ...input, blocks: [sampleBlock(), ...input.blocks] })),
  rule("blocked-pattern", "blocked", false, (input) => ({
    ...input,
    rules: { ...input.rules, pattern: { action: "block", ruleId: "r1" } },
  })),
  rule("limit-exceeded", "blocked", false, (input) => ({ ...input, countedCalls: limit })),
  rule("video-rejected", "rejected", true, (input) => ({
    ...input,
    call: { ...input.call, kind: "video" },
    settings: { ...input.settings, videoCalls: "reject" },
  })),
  rule("outside-hours", "rejected", true, (input) => ({
    ...input,
    rules: { ...input.rules, schedule: { ruleId: "r2" } },
  })),
  rule("unknown-caller", "rejected", true, (input) => ({
    ...input,
    rules: { ...input.rules, unknownCaller: { ruleId: "r3" } },
  })),
  rule("default-reject", "rejected", true, (input) => ({
    ...input,
    settings: { ...input.settings, defaultAction: "reject-and-reply" },
  })),
];

const pairs = rulesInOrder.flatMap((first, position) =>
  rulesInOrder
    .slice(position + 1)
    .filter((second) => !(first.reason === "group-rejected" && second.reason === "video-rejected"))
    .map((second) => [first.reason, second.reason, first, second] as const),
);

describe("the order of the rules", () => {
  it.each(rulesInOrder.map((only) => [only.reason, only] as const))("%s alone decides", (reason, only) => {
    const decision = decideCall(only.apply(start()));
    expect(decision).toMatchObject({ reason, outcome: only.outcome, counts: only.counts });
  });

  it.each(pairs)("%s goes before %s", (reason, _later, first, second) => {
    expect(decideCall(second.apply(first.apply(start())))).toMatchObject({ reason, outcome: first.outcome });
    expect(decideCall(first.apply(second.apply(start()))).reason).toBe(reason);
  });

  it("says of every step before the deciding one that it was passed, and nothing of the later ones", () => {
    const decision = decideCall(screeningInput({ rules: { ...noRules, schedule: { ruleId: "r2" } } }));
    expect(decision.trace.map(({ step, result }) => `${step} ${result}`)).toEqual([
      "enabled passed",
      "late passed",
      "own-number passed",
      "staff passed",
      "allow-list passed",
      "group passed",
      "block-list passed",
      "pattern passed",
      "limit passed",
      "video passed",
      "schedule decided",
      "reply decided",
    ]);
  });

  it("lets an allowing pattern through before the limit and does not count it", () => {
    const rules = { ...noRules, pattern: { action: "allow" as const, ruleId: "r1" } };
    const decision = decideCall(screeningInput({ rules, countedCalls: 99 }));
    expect(decision).toMatchObject({ outcome: "allowed", reason: "allowed-pattern", ruleId: "r1", counts: false });
  });

  it("lets a repeated call past schedule and unknown-caller rule, but not past a block, the limit or the default", () => {
    const rules = { ...noRules, schedule: { ruleId: "r2" }, unknownCaller: { ruleId: "r3" }, isRepeatCall: true };
    expect(decideCall(screeningInput({ rules })).reason).toBe("repeat-bypass");
    expect(decideCall(screeningInput({ rules, blocks: [sampleBlock()] })).reason).toBe("blocked-auto");
    expect(decideCall(screeningInput({ rules, countedCalls: limit })).reason).toBe("limit-exceeded");
    const settings = { ...enforcing, defaultAction: "reject" as const };
    expect(decideCall(screeningInput({ rules, settings })).reason).toBe("default-reject");
  });

  it("does not call every second call a bypass", () => {
    expect(decideCall(screeningInput({ rules: { ...noRules, isRepeatCall: true } })).reason).toBe("default-ring");
  });
});

describe("the limit against every other rule", () => {
  const others = rulesInOrder.filter(({ reason }) => reason !== "limit-exceeded");
  const limitPosition = rulesInOrder.findIndex(({ reason }) => reason === "limit-exceeded");

  it.each(others.map((other) => [other.reason, other] as const))("%s at calls 2, 3 and 4 of 3", (reason, other) => {
    const reasons = [limit - 2, limit - 1, limit].map((countedCalls) => decide({ countedCalls }, other).reason);
    const isBefore = rulesInOrder.indexOf(other) < limitPosition;
    expect(reasons).toEqual([reason, reason, isBefore ? reason : "limit-exceeded"]);
  });

  it.each(others.map((other) => [other.reason, other] as const))("%s numbers a counted call only", (_reason, other) => {
    const decision = decide({ countedCalls: 1 }, other);
    const numbers = [decision.windowCount, decision.windowLimit];
    expect(numbers).toEqual(other.counts ? [2, limit] : [null, null]);
  });
});

function decide(changes: Partial<ScreeningInput>, matching: MatchingRule): CallDecision {
  return decideCall(matching.apply(screeningInput(changes)));
}

function start(): ScreeningInput {
  return screeningInput({ call: liveCall });
}

function rule(
  reason: CallReason,
  outcome: CallOutcome,
  counts: boolean,
  apply: (input: ScreeningInput) => ScreeningInput,
): MatchingRule {
  return { reason, outcome, counts, apply };
}
