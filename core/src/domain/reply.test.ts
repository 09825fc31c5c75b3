import { describe, expect, it } from "vitest";
import { defaultCallBlockingSettings } from "./call-blocking-settings.ts";
import { governReply, type ReplyCounters, replyDelayMs, replyTextFor, replyTextProblem } from "./reply.ts";
import { noReplies, sampleNowMs } from "./testing/screening-fixtures.ts";

const caps = defaultCallBlockingSettings.replyCaps;
const govern = (counters: Partial<ReplyCounters>, isStranger = true, text = "Hello") =>
  governReply({ text, caps, counters: { ...noReplies, ...counters }, isStranger, nowMs: sampleNowMs });

describe("governReply", () => {
  it.each([
    [{ callerLastHour: 4 }, "pending", null],
    [{ callerLastHour: 5 }, "throttled", "caller-cap"],
    [{ callerLastHour: 6 }, "throttled", "caller-cap"],
    [{ botLastMinute: 19 }, "pending", null],
    [{ botLastMinute: 20 }, "throttled", "bot-cap"],
    [{ botLastMinute: 21 }, "throttled", "bot-cap"],
    [{ strangersToday: 49 }, "pending", null],
    [{ strangersToday: 50 }, "throttled", "stranger-cap"],
    [{ strangersToday: 51 }, "throttled", "stranger-cap"],
    [{ strangersToday: 50, isCallerAmongStrangers: true }, "pending", null],
    [{ suspendedUntilMs: sampleNowMs - 1 }, "pending", null],
    [{ suspendedUntilMs: sampleNowMs }, "pending", null],
    [{ suspendedUntilMs: sampleNowMs + 1 }, "suspended", "suspended"],
    [{ suspendedUntilMs: sampleNowMs + 1, callerLastHour: 5 }, "suspended", "suspended"],
  ])("after %j: %s", (counters, status, whyNot) => {
    expect(govern(counters)).toEqual({ status, whyNot });
  });

  it("caps strangers only", () => {
    expect(govern({ strangersToday: 50 }, false).status).toBe("pending");
  });

  it("sends nothing without a text", () => {
    expect(govern({}, true, "")).toEqual({ status: "none", whyNot: "no-text" });
  });
});

describe("reply texts", () => {
  const texts = { text: "general", videoText: "video", groupText: "group" };

  it.each([
    ["blocked-auto", "general"],
    ["limit-exceeded", "general"],
    ["default-reject", "general"],
    ["video-rejected", "video"],
    ["group-rejected", "group"],
  ] as const)("for %s is the %s one", (reason, text) => {
    expect(replyTextFor(reason, texts)).toBe(text);
  });

  it.each([
    ["", null],
    ["a".repeat(1_000), null],
    ["😀".repeat(1_000), null],
    ["a".repeat(1_001), "too-long"],
    [" \n ", "blank"],
    ["line\nline\ttab", null],
    ["a\u0000b", "control-character"],
    ["a\u001bb", "control-character"],
  ])("are checked (case %#)", (text, problem) => {
    expect(replyTextProblem(text)).toBe(problem);
  });

  it("wait one to three seconds", () => {
    expect([replyDelayMs(0), replyDelayMs(0.5), replyDelayMs(0.999_999)]).toEqual([1_000, 2_000, 3_000]);
  });
});
