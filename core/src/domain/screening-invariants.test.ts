import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CallBlockingSettings } from "./call-blocking-settings.ts";
import type { CallerIdentity } from "./caller-identity.ts";
import type { CallDecision } from "./screening-types.ts";
import { enforcing, sampleNowMs } from "./testing/screening-fixtures.ts";
import { createScreeningModel, type ModelCall, type ScreeningModel } from "./testing/screening-model.ts";
import { localDate } from "./time-window.ts";
import { blockTypes, callKinds, defaultActions, limitWindows, screeningModes } from "./vocabulary.ts";

const hour = 3_600_000;
const callersCount = 3;

/** One thing that happens, `gapMs` after the one before. */
type Happening = { gapMs: number; caller: number } & (
  | { type: "call"; kind: ModelCall["kind"]; offline: boolean; ageMs: number }
  | { type: "unblock" | "cleanup" }
  | { type: "block"; hours: number | null }
);

const gap = fc.oneof(
  fc.constantFrom(0, 1, hour, 24 * hour, 24 * hour - 1),
  fc.integer({ min: 0, max: 5 * 60_000 }),
  fc.integer({ min: 0, max: 30 * hour }),
);
const common = { gapMs: gap, caller: fc.nat(callersCount - 1) };
const call = fc.record({
  ...common,
  type: fc.constant("call" as const),
  kind: fc.oneof({ weight: 6, arbitrary: fc.constant("voice" as const) }, fc.constantFrom(...callKinds)),
  offline: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
  ageMs: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 500, 60_000) }, fc.integer({ min: 0, max: 26 * hour })),
});
const deed = fc.oneof(
  fc.record({ ...common, type: fc.constantFrom("unblock" as const, "cleanup" as const) }),
  fc.record({ ...common, type: fc.constant("block" as const), hours: fc.option(fc.integer({ min: 1, max: 48 })) }),
);
const history = fc.array(fc.oneof({ weight: 8, arbitrary: call }, deed), { minLength: 5, maxLength: 60 });
const traffic = fc.array(call, { minLength: 5, maxLength: 60 });

const settings: fc.Arbitrary<CallBlockingSettings> = fc
  .record({
    dailyLimit: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 10 }),
    limitWindow: fc.constantFrom(...limitWindows),
    timeZone: fc.constantFrom("UTC", "Asia/Riyadh", "America/New_York", "Africa/Cairo"),
    blockType: fc.oneof({ weight: 4, arbitrary: fc.constant("temporary" as const) }, fc.constantFrom(...blockTypes)),
    blockHours: fc.constantFrom(1, 24, 48),
    defaultAction: fc.constantFrom(...defaultActions),
    mode: fc.oneof({ weight: 5, arbitrary: fc.constant("enforce" as const) }, fc.constantFrom(...screeningModes)),
    enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
    replyCaps: fc.record({
      perCallerPerHour: fc.integer({ min: 0, max: 5 }),
      perBotPerMinute: fc.integer({ min: 0, max: 4 }),
      strangersPerDay: fc.integer({ min: 0, max: 3 }),
    }),
  })
  .map((changes) => ({ ...enforcing, ...changes }));

describe("over any history", () => {
  it("there are as many rows as distinct ids, and duplicates anywhere later change nothing", () => {
    fc.assert(
      fc.property(settings, traffic, fc.array(fc.tuple(fc.nat(60), fc.nat(60))), (chosen, calls, repeats) => {
        const log = toCalls(calls);
        const withDuplicates = log.flatMap((entry, position) => [
          entry,
          ...repeats.filter(([after]) => after === position).map(([, which]) => log[which % (position + 1)] ?? entry),
        ]);
        const [once, often] = [createScreeningModel(chosen), createScreeningModel(chosen)];
        for (const entry of log) once.receive(entry);
        for (const entry of withDuplicates) often.receive(entry);
        expect(once.state.rows.size).toBe(log.length);
        expect(often.state).toEqual(once.state);
      }),
    );
  });

  it("no caller has two active blocks, and only calls within the limit pass", () => {
    fc.assert(
      fc.property(settings, history, (chosen, happenings) => {
        const model = createScreeningModel(chosen);
        play(model, happenings, (decision, nowMs) => {
          for (let index = 0; index < callersCount; index += 1) {
            expect(model.activeBlocks(identityOf(index), nowMs).length).toBeLessThanOrEqual(1);
          }
          if (decision?.outcome !== "allowed" || decision.windowCount === null) return;
          expect(decision.windowCount).toBeLessThanOrEqual(chosen.dailyLimit ?? Number.POSITIVE_INFINITY);
        });
      }),
    );
  });

  it("traffic never moves the end of a block", () => {
    fc.assert(
      fc.property(settings, traffic, (chosen, calls) => {
        const model = createScreeningModel(chosen);
        const ends = new Map<string, number | null>();
        play(model, calls, () => {
          for (const block of model.state.blocks) {
            if (!ends.has(block.id)) ends.set(block.id, block.expiresAtMs);
            expect(block.expiresAtMs).toBe(ends.get(block.id));
          }
        });
      }),
    );
  });

  it("every decision is the same with the cleanup on and off, and each expiry is told once", () => {
    fc.assert(
      fc.property(settings, history, (chosen, happenings) => {
        const [cleaned, uncleaned] = [createScreeningModel(chosen), createScreeningModel(chosen)];
        const withoutCleanup = happenings.map((entry) =>
          entry.type === "cleanup" ? { ...entry, type: "none" as const } : entry,
        );
        const decisions = [play(cleaned, happenings), play(uncleaned, withoutCleanup)];
        expect(decisions[0]).toEqual(decisions[1]);
        expect(new Set(cleaned.state.expiredEvents).size).toBe(cleaned.state.expiredEvents.length);
      }),
    );
  });

  it("no caller gets more texts an hour, no bot sends more a minute and no more strangers a day than the caps", () => {
    fc.assert(
      fc.property(settings, history, (chosen, happenings) => {
        const { texts } = played(chosen, happenings).state;
        const { perCallerPerHour, perBotPerMinute, strangersPerDay } = chosen.replyCaps;
        for (const { atMs, identity } of texts) {
          const hourly = texts.filter((text) => text.identity.pn === identity.pn && within(text.atMs, atMs, hour));
          expect(hourly.length).toBeLessThanOrEqual(perCallerPerHour);
          expect(texts.filter((text) => within(text.atMs, atMs, 60_000)).length).toBeLessThanOrEqual(perBotPerMinute);
          const day = localDate(atMs, chosen.timeZone);
          const thatDay = texts.filter((text) => localDate(text.atMs, chosen.timeZone) === day);
          expect(new Set(thatDay.map((text) => text.identity.pn)).size).toBeLessThanOrEqual(strangersPerDay);
        }
      }),
    );
  });

  it("testing a number answers what the live call gets, and writes nothing", () => {
    fc.assert(
      fc.property(settings, history, call, (chosen, happenings, next) => {
        const model = played(chosen, happenings);
        const [tested] = toCalls([next], sampleNowMs + 10_000 * hour);
        if (tested === undefined) return;
        const before = structuredClone(model.state);
        const answer = model.trial(tested);
        expect(model.state).toEqual(before);
        expect(model.receive(tested)).toEqual(answer);
      }),
    );
  });

  it("nothing is done to late calls, group calls that are ignored, or anybody while off or monitoring", () => {
    fc.assert(
      fc.property(settings, history, (chosen, happenings) => {
        const isHandsOff = !chosen.enabled || chosen.mode === "monitor";
        play(createScreeningModel(chosen), happenings, (decision, _nowMs, received) => {
          if (decision === null || !(isHandsOff || decision.late || received?.kind === "group")) return;
          expect([decision.act, decision.createBlock, decision.hitBlock]).toEqual(["none", null, false]);
        });
      }),
    );
  });
});

type Watcher = (decision: CallDecision | null, nowMs: number, received: ModelCall | null) => void;

function play(
  model: ScreeningModel,
  happenings: readonly (Happening | { type: "none"; gapMs: number; caller: number })[],
  watch: Watcher = () => {},
): CallDecision[] {
  const decisions: CallDecision[] = [];
  let nowMs = sampleNowMs;
  for (const [position, happening] of happenings.entries()) {
    nowMs += happening.gapMs;
    const received = happening.type === "call" ? toCall(happening, position, nowMs) : null;
    const decision = received === null ? null : model.receive(received);
    if (decision !== null) decisions.push(decision);
    const identity = identityOf(happening.caller);
    if (happening.type === "unblock") model.unblock(identity, nowMs);
    if (happening.type === "cleanup") model.cleanUp(nowMs);
    if (happening.type === "block")
      model.block(identity, nowMs, happening.hours === null ? null : nowMs + happening.hours * hour);
    watch(decision, nowMs, received);
  }
  return decisions;
}

function played(chosen: CallBlockingSettings, happenings: readonly Happening[]): ScreeningModel {
  const model = createScreeningModel(chosen);
  play(model, happenings);
  return model;
}

function toCalls(calls: readonly Extract<Happening, { type: "call" }>[], fromMs: number = sampleNowMs): ModelCall[] {
  let nowMs = fromMs;
  return calls.map((entry, position) => {
    nowMs += entry.gapMs;
    return toCall(entry, fromMs + position, nowMs);
  });
}

function toCall(entry: Extract<Happening, { type: "call" }>, number: number, nowMs: number): ModelCall {
  const { kind, offline, ageMs, caller } = entry;
  return { ...anyCall(number, nowMs), kind, offline, startedAtMs: nowMs - ageMs, identity: identityOf(caller) };
}

function anyCall(number: number, nowMs: number): ModelCall {
  return {
    id: `call_${number}`,
    identity: identityOf(0),
    kind: "voice",
    offline: false,
    startedAtMs: nowMs,
    receivedAtMs: nowMs,
  };
}

function identityOf(index: number): CallerIdentity {
  return { pn: `49151000000${index}`, lid: null };
}

function within(instantMs: number, untilMs: number, spanMs: number): boolean {
  return instantMs > untilMs - spanMs && instantMs <= untilMs;
}
