import { describe, expect, it } from "vitest";
import type { CallBlockingSettings } from "./call-blocking-settings.ts";
import { advanceCall, type CallPhase, unknownCall } from "./call-lifecycle.ts";
import type { CallerIdentity } from "./caller-identity.ts";
import type { CallDecision } from "./screening-types.ts";
import { enforcing } from "./testing/screening-fixtures.ts";
import { createScreeningModel, type ModelCall, type ScreeningModel } from "./testing/screening-model.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const midnight = Date.UTC(2025, 2, 10);
const caller: CallerIdentity = { pn: "4915123456789", lid: null };

describe("what a caller meets over time", () => {
  it("passes 24 hours after the block, although four tries were made while blocked", () => {
    const { model, call } = start();
    const blockedAt = midnight + 9 * hour;
    for (const offset of [0, 1, 2, 3, 4, 5, 6, 7]) call(blockedAt + (offset - 3) * minute);
    expect(model.state.blocks[0]).toMatchObject({ createdAtMs: blockedAt, hitCount: 4 });
    expect(call(blockedAt + day - 1)?.outcome).toBe("blocked");
    expect(call(blockedAt + day)).toMatchObject({ outcome: "allowed", windowCount: 1 });
  });

  it("passes five minutes after the owner's unblock on the same day", () => {
    const { model, call } = start();
    for (const offset of [0, 1, 2, 3]) call(midnight + 9 * hour + offset * minute);
    model.unblock(caller, midnight + 10 * hour);
    expect(call(midnight + 10 * hour + 5 * minute)).toMatchObject({ outcome: "allowed", windowCount: 1 });
  });

  it("has three of five rings pass and two texts, though each ring sends two events", () => {
    const { model } = start();
    const outcomes = [0, 1, 2, 3, 4].map((ring) => ringWith(model, ring, ["offer", "relaylatency", "terminate"]));
    expect(outcomes).toEqual(["allowed", "allowed", "allowed", "blocked", "blocked"]);
    expect([model.state.rows.size, model.state.texts.length]).toEqual([5, 2]);
  });

  it.each([
    ["hourly", hour],
    ["daily", day],
    ["never", null],
  ])("passes one minute after the end with a cleanup %s", (_name, cleanupEveryMs) => {
    const { model, call } = start();
    const blockedAt = midnight + 9 * hour + 30 * minute;
    for (const offset of [0, 1, 2, 3]) call(blockedAt + (offset - 3) * minute);
    const end = blockedAt + day + minute;
    for (let at = midnight; cleanupEveryMs !== null && at < end; at += cleanupEveryMs) model.cleanUp(at);
    expect(call(end)?.outcome).toBe("allowed");
  });

  it("gets ten texts for 120 calls in two hours, five an hour", () => {
    const { model, call } = start();
    for (let index = 0; index < 120; index += 1) call(midnight + 9 * hour + index * minute);
    expect(model.state.texts.length).toBe(10);
    expect(outcomesOf(model)).toEqual({ allowed: 3, blocked: 117 });
  });

  it("passes 90 times in 30 days of a call every two hours, with 23 blocks and 270 texts", () => {
    const { model, call } = start();
    for (let index = 0; index < 360; index += 1) call(midnight + index * 2 * hour);
    expect(outcomesOf(model)).toEqual({ allowed: 90, blocked: 270 });
    expect([model.state.blocks.length, model.state.texts.length]).toEqual([23, 270]);
  });

  it.each([
    ["calendar-day", 6],
    ["rolling-24h", 3],
  ] as const)("passes over midnight by %s: %i of six calls", (limitWindow, passed) => {
    const { model, call } = start({ limitWindow });
    for (const offset of [0, 1, 2]) call(midnight - 10 * minute + offset);
    for (const offset of [0, 1, 2]) call(midnight + minute + offset);
    expect(outcomesOf(model).allowed).toBe(passed);
  });

  it("has its day in the bot's zone, whatever the server's", () => {
    const { model, call } = start({ timeZone: "Asia/Riyadh" });
    for (const offset of [0, 1, 2]) call(midnight + 20 * hour + offset * minute);
    expect(call(midnight + 21 * hour - 1)?.outcome).toBe("blocked");
    const { model: later, call: callLater } = start({ timeZone: "Asia/Riyadh" });
    for (const offset of [0, 1, 2]) callLater(midnight + 20 * hour + offset * minute);
    expect(callLater(midnight + 21 * hour)).toMatchObject({ outcome: "allowed", windowCount: 1 });
    expect([model.state.blocks.length, later.state.blocks.length]).toEqual([1, 0]);
  });
});

describe("one caller under two names", () => {
  const withLid: CallerIdentity = { pn: caller.pn, lid: "777888" };
  const lidOnly: CallerIdentity = { pn: null, lid: "777888" };

  it("is blocked by number when calling from a LID that names the number", () => {
    const { model, call } = start();
    model.block(caller, midnight, null);
    expect(call(midnight + hour, lidOnly)?.outcome).toBe("allowed");
    expect(call(midnight + 2 * hour, withLid)?.reason).toBe("blocked-manual");
    expect(call(midnight + 3 * hour, lidOnly)?.reason).toBe("blocked-manual");
  });

  it("is counted as one once the names are known to be one person's", () => {
    const { call } = start();
    call(midnight + hour, caller);
    call(midnight + 2 * hour, lidOnly);
    expect(call(midnight + 3 * hour, withLid)?.windowCount).toBe(3);
    expect(call(midnight + 4 * hour, caller)?.reason).toBe("limit-exceeded");
    expect(call(midnight + 5 * hour, lidOnly)?.reason).toBe("blocked-auto");
  });

  it("keeps the longest of two blocks that turn out to be one person's", () => {
    const { model, call } = start();
    model.block(caller, midnight, midnight + hour);
    model.block(lidOnly, midnight, null);
    model.learn(withLid, midnight + 1);
    expect(model.activeBlocks(caller, midnight + 2)).toMatchObject([{ type: "permanent", expiresAtMs: null }]);
    expect(call(midnight + 2 * day, caller)?.outcome).toBe("blocked");
  });
});

function start(changes: Partial<CallBlockingSettings> = {}) {
  const model = createScreeningModel({ ...enforcing, ...changes });
  let next = 0;
  const call = (atMs: number, identity: CallerIdentity = caller): CallDecision | null => {
    next += 1;
    return model.receive(voiceCall(`call_${next}`, atMs, identity));
  };
  return { model, call };
}

function ringWith(model: ScreeningModel, ring: number, phases: CallPhase[]): string | undefined {
  const id = `ring_${ring}`;
  const atMs = midnight + ring * minute;
  let life = unknownCall;
  let outcome: string | undefined;
  for (const phase of phases) {
    const advanced = advanceCall(life, { type: "phase", phase, atMs });
    life = advanced.life;
    if (advanced.step === "begin") outcome = model.receive(voiceCall(id, atMs, caller))?.outcome;
  }
  return outcome;
}

function voiceCall(id: string, atMs: number, identity: CallerIdentity): ModelCall {
  return { id, identity, kind: "voice", offline: false, startedAtMs: atMs, receivedAtMs: atMs };
}

function outcomesOf(model: ScreeningModel): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const { decision } of model.state.rows.values()) {
    outcomes[decision.outcome] = (outcomes[decision.outcome] ?? 0) + 1;
  }
  return outcomes;
}
