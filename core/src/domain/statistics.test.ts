import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addCounts, type CountableCall, countByDay, noCalls, summarize, withEmptyDays } from "./statistics.ts";
import { callKinds, callOutcomes } from "./vocabulary.ts";

const call = (iso: string, changes: Partial<CountableCall> = {}): CountableCall => ({
  startedAtMs: Date.parse(iso),
  kind: "voice",
  late: false,
  outcome: "allowed",
  ...changes,
});

describe("countByDay", () => {
  it("splits days at midnight of the bot's zone, not of the server's", () => {
    const calls = [call("2025-03-10T20:59:59.999Z"), call("2025-03-10T21:00:00Z", { outcome: "blocked" })];
    expect(countByDay(calls, "Asia/Riyadh").map(({ localDate, live }) => [localDate, live])).toEqual([
      ["2025-03-10", 1],
      ["2025-03-11", 1],
    ]);
    expect(countByDay(calls, "UTC").map(({ localDate, live }) => [localDate, live])).toEqual([["2025-03-10", 2]]);
  });

  it("takes calls in any order and puts the days in theirs", () => {
    const calls = [call("2025-03-12T12:00:00Z"), call("2025-03-10T12:00:00Z"), call("2025-03-12T13:00:00Z")];
    expect(countByDay(calls, "UTC").map(({ localDate, live }) => [localDate, live])).toEqual([
      ["2025-03-10", 1],
      ["2025-03-12", 2],
    ]);
  });

  it("leaves its starting numbers at zero", () => {
    countByDay([call("2025-03-10T12:00:00Z")], "UTC");
    expect([noCalls.live, noCalls.byOutcome.allowed]).toEqual([0, 0]);
  });
});

describe("summarize", () => {
  it("divides the blocked live calls by all live ones, with group and late calls left out", () => {
    const calls = [
      call("2025-03-10T12:00:00Z"),
      call("2025-03-10T12:01:00Z", { outcome: "blocked", kind: "video" }),
      call("2025-03-10T12:02:00Z", { outcome: "rejected" }),
      call("2025-03-11T12:00:00Z", { outcome: "blocked" }),
      call("2025-03-11T12:01:00Z", { outcome: "observed", late: true }),
      call("2025-03-11T12:02:00Z", { kind: "group" }),
    ];
    const statistics = summarize(countByDay(calls, "UTC"));
    expect(statistics).toMatchObject({
      total: 6,
      live: 4,
      late: 1,
      group: 1,
      blockedRatio: 0.5,
      byOutcome: { allowed: 1, rejected: 1, blocked: 2, observed: 0, failed: 0 },
    });
  });

  it("has no ratio without live calls", () => {
    expect(summarize([]).blockedRatio).toBeNull();
    expect(summarize(countByDay([call("2025-03-10T12:00:00Z", { kind: "group" })], "UTC")).blockedRatio).toBeNull();
  });

  it("counts every call exactly once, and the same whether summed at once or by parts", () => {
    const calls = fc.array(
      fc.record({
        startedAtMs: fc.integer({ min: 1_700_000_000_000, max: 1_701_000_000_000 }),
        kind: fc.constantFrom(...callKinds),
        late: fc.boolean(),
        outcome: fc.constantFrom(...callOutcomes),
      }),
    );
    fc.assert(
      fc.property(calls, calls, (first, second) => {
        const whole = summarize(countByDay([...first, ...second], "Europe/Berlin"));
        const parts = [...countByDay(first, "Europe/Berlin"), ...countByDay(second, "Europe/Berlin")];
        expect(whole).toEqual(summarize(parts));
        expect(whole.total).toBe(first.length + second.length);
        expect(Object.values(whole.byOutcome).reduce((sum, count) => sum + count, 0)).toBe(whole.live);
        expect(whole.days.reduce(addCounts, noCalls).byOutcome).toEqual(whole.byOutcome);
      }),
      { numRuns: 50 },
    );
  });
});

describe("withEmptyDays", () => {
  it("puts every missing date of the span in, over a change of clocks too", () => {
    const days = countByDay([call("2025-03-30T12:00:00Z")], "Europe/Berlin");
    const span = { fromMs: Date.parse("2025-03-28T23:00:00Z"), toMs: Date.parse("2025-03-31T22:00:00Z") };
    expect(withEmptyDays(days, span, "Europe/Berlin").map(({ localDate, live }) => [localDate, live])).toEqual([
      ["2025-03-29", 0],
      ["2025-03-30", 1],
      ["2025-03-31", 0],
    ]);
  });
});
