import { describe, expect, it } from "vitest";
import type { CallBlockingSettings } from "./call-blocking-settings.ts";
import { decideCall, isLate } from "./screening.ts";
import type { ScreeningInput } from "./screening-types.ts";
import {
  enforcing,
  liveCall,
  noReplies,
  sampleBlock,
  sampleNowMs,
  screeningInput,
  stranger,
} from "./testing/screening-fixtures.ts";

const withSettings = (changes: Partial<CallBlockingSettings>, rest: Partial<ScreeningInput> = {}) =>
  decideCall(screeningInput({ settings: { ...enforcing, ...changes }, ...rest }));

describe("the daily limit", () => {
  it.each([1, 2, 3, 999, 1_000])("of %i lets call N through and blocks at call N + 1", (dailyLimit) => {
    const decisions = [dailyLimit - 2, dailyLimit - 1, dailyLimit, dailyLimit + 1].map((countedCalls) =>
      withSettings({ dailyLimit }, { countedCalls: Math.max(0, countedCalls) }),
    );
    expect(decisions.map(({ outcome }) => outcome)).toEqual(["allowed", "allowed", "blocked", "blocked"]);
    expect(decisions[2]).toMatchObject({ windowCount: dailyLimit + 1, windowLimit: dailyLimit, counts: false });
  });

  it("blocks for exactly 24 hours of 3,600 s from now and turns the call itself away with the text", () => {
    expect(withSettings({}, { countedCalls: 3 })).toMatchObject({
      outcome: "blocked",
      reason: "limit-exceeded",
      act: "reject-and-reply",
      createBlock: { type: "temporary", expiresAtMs: sampleNowMs + 86_400_000, origin: "limit" },
      hitBlock: false,
      blockId: null,
    });
  });

  it("blocks for ever, or for as long as the settings say", () => {
    const permanent = withSettings({ blockType: "permanent" }, { countedCalls: 3 });
    expect(permanent.createBlock).toEqual({ type: "permanent", expiresAtMs: null, origin: "limit" });
    const short = withSettings({ blockHours: 1 }, { countedCalls: 3 });
    expect(short.createBlock?.expiresAtMs).toBe(sampleNowMs + 3_600_000);
  });

  it("is none when null, and the calls are numbered all the same", () => {
    expect(withSettings({ dailyLimit: null }, { countedCalls: 5_000 })).toMatchObject({
      outcome: "allowed",
      reason: "default-ring",
      windowCount: 5_001,
      windowLimit: null,
    });
  });

  it("creates no block while the allow list cannot be read", () => {
    const caller = { ...stranger, isAllowed: null };
    const decision = decideCall(screeningInput({ caller, countedCalls: 3 }));
    expect(decision).toMatchObject({ outcome: "failed", reason: "degraded", act: "none", createBlock: null });
    expect(decideCall(screeningInput({ caller, countedCalls: 2 })).reason).toBe("default-ring");
    expect(decideCall(screeningInput({ caller, blocks: [sampleBlock()] })).outcome).toBe("blocked");
  });
});

describe("a block", () => {
  it.each([
    [-1, "blocked"],
    [0, "allowed"],
    [1, "allowed"],
  ])("at its end %i ms: %s, whether or not a cleanup ran", (offsetMs, outcome) => {
    const block = sampleBlock({ expiresAtMs: sampleNowMs - offsetMs });
    expect(decideCall(screeningInput({ blocks: [block] })).outcome).toBe(outcome);
  });

  it("turns the call away with the text, is hit, and is not created anew however many calls there were", () => {
    expect(decideCall(screeningInput({ blocks: [sampleBlock()], countedCalls: 50 }))).toMatchObject({
      outcome: "blocked",
      act: "reject-and-reply",
      hitBlock: true,
      blockId: "blk_sample",
      createBlock: null,
      counts: false,
    });
  });

  it("that was lifted lets the call through", () => {
    const lifted = sampleBlock({ type: "permanent", expiresAtMs: null, endedAtMs: sampleNowMs - 1 });
    expect(decideCall(screeningInput({ blocks: [lifted] })).outcome).toBe("allowed");
  });

  it.each(["manual", "import", "api"] as const)("by %s counts as somebody's will", (origin) => {
    expect(decideCall(screeningInput({ blocks: [sampleBlock({ origin })] })).reason).toBe("blocked-manual");
  });
});

describe("a late call", () => {
  it.each([
    [59_999, false],
    [60_000, false],
    [60_001, true],
    [-5_000, false],
  ])("is one of %i ms: %s", (ageMs, late) => {
    expect(isLate({ offline: false, startedAtMs: sampleNowMs - ageMs, receivedAtMs: sampleNowMs })).toBe(late);
  });

  it.each([
    ["under the limit", {}, true],
    ["over the limit", { countedCalls: 3 }, true],
    ["while blocked", { blocks: [sampleBlock()] }, false],
    ["of an allowed caller", { caller: { ...stranger, isAllowed: true } }, false],
    ["where the default rejects", { settings: { ...enforcing, defaultAction: "reject" as const } }, true],
  ])("%s is logged and nothing is done", (_case, changes, counts) => {
    const call = { ...liveCall, offline: true };
    expect(decideCall(screeningInput({ ...changes, call }))).toMatchObject({
      outcome: "observed",
      reason: "late",
      late: true,
      act: "none",
      createBlock: null,
      hitBlock: false,
      counts,
      reply: { status: "none" },
    });
  });

  it.each([
    [900_000, true],
    [900_001, false],
  ])("of %i ms is told to the owner: %s", (ageMs, ownerNotice) => {
    const call = { ...liveCall, startedAtMs: sampleNowMs - ageMs };
    expect(decideCall(screeningInput({ call })).ownerNotice).toBe(ownerNotice);
  });
});

describe("group and video calls", () => {
  it("leaves group calls alone by default, counts none and blocks nobody for them", () => {
    const call = { ...liveCall, kind: "group" as const };
    const decision = decideCall(screeningInput({ call, countedCalls: 50, blocks: [sampleBlock()] }));
    expect(decision).toMatchObject({ outcome: "allowed", reason: "group-ignored", counts: false, createBlock: null });
  });

  it("rejects group calls with a text of their own, or without one", () => {
    const call = { ...liveCall, kind: "group" as const };
    expect(withSettings({ groupCalls: "reject" }, { call })).toMatchObject({ act: "reject-and-reply", counts: false });
    const autoReply = { ...enforcing.autoReply, groupText: "" };
    expect(withSettings({ groupCalls: "reject", autoReply }, { call }).act).toBe("reject");
  });

  it("counts video like voice, and a rejected one too", () => {
    const call = { ...liveCall, kind: "video" as const };
    expect(decideCall(screeningInput({ call }))).toMatchObject({ outcome: "allowed", windowCount: 1 });
    expect(withSettings({ videoCalls: "reject" }, { call })).toMatchObject({ outcome: "rejected", windowCount: 1 });
    expect(withSettings({ videoCalls: "reject" }, { call, countedCalls: 3 }).reason).toBe("limit-exceeded");
  });
});

describe("off and monitoring", () => {
  it.each([
    ["a block", { blocks: [sampleBlock()] }],
    ["the limit", { countedCalls: 3 }],
    ["nothing", {}],
  ])("does nothing while off, over %s", (_case, rest) => {
    expect(withSettings({ enabled: false, defaultAction: "reject-and-reply" }, rest)).toMatchObject({
      outcome: "observed",
      reason: "not-enabled",
      act: "none",
      createBlock: null,
      hitBlock: false,
      would: null,
    });
  });

  it("records the whole decision while monitoring and does nothing, and the count goes on", () => {
    expect(withSettings({ mode: "monitor" }, { countedCalls: 3 })).toMatchObject({
      outcome: "observed",
      reason: "monitor",
      act: "none",
      createBlock: null,
      counts: true,
      windowCount: 4,
      reply: { status: "none", whyNot: "not-enforced" },
      would: {
        outcome: "blocked",
        reason: "limit-exceeded",
        act: "reject-and-reply",
        createBlock: { type: "temporary", expiresAtMs: sampleNowMs + 86_400_000 },
      },
    });
  });

  it("names the block that would have hit, without hitting it", () => {
    const decision = withSettings({ mode: "monitor" }, { blocks: [sampleBlock()] });
    expect(decision).toMatchObject({ blockId: "blk_sample", hitBlock: false, would: { outcome: "blocked" } });
  });

  it("would do exactly what enforcing does", () => {
    const cases: Partial<ScreeningInput>[] = [{}, { countedCalls: 3 }, { blocks: [sampleBlock()] }];
    for (const rest of cases) {
      const { outcome, reason, act, createBlock } = withSettings({}, rest);
      expect(withSettings({ mode: "monitor" }, rest).would).toEqual({ outcome, reason, act, createBlock });
    }
  });
});

describe("the default action", () => {
  it.each([
    ["ring", "allowed", "none", "none"],
    ["reject", "rejected", "reject", "none"],
    ["reject-and-reply", "rejected", "reject-and-reply", "pending"],
  ] as const)("%s makes a call %s with act %s", (defaultAction, outcome, act, status) => {
    expect(withSettings({ defaultAction })).toMatchObject({ outcome, act, counts: true, reply: { status } });
  });

  it("rejects without a text when the text is empty", () => {
    const autoReply = { ...enforcing.autoReply, text: "" };
    expect(withSettings({ defaultAction: "reject-and-reply", autoReply })).toMatchObject({
      act: "reject",
      reply: { status: "none", whyNot: "no-text" },
    });
  });

  it("still rejects when the text is held back", () => {
    const replies = { ...noReplies, callerLastHour: 5 };
    expect(withSettings({ defaultAction: "reject-and-reply" }, { replies })).toMatchObject({
      act: "reject",
      reply: { status: "throttled", whyNot: "caller-cap" },
    });
  });
});
