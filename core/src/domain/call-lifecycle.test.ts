import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advanceCall, type CallEvent, type CallLife, callPhases, isMissedCall, unknownCall } from "./call-lifecycle.ts";
import { callEndings, callOutcomes } from "./vocabulary.ts";

const phase = (name: (typeof callPhases)[number], terminateReason?: string | null): CallEvent => ({
  type: "phase",
  phase: name,
  atMs: 1_000,
  ...(terminateReason === undefined ? {} : { terminateReason }),
});
const sent: CallEvent = { type: "reject-sent", atMs: 1_000 };
const confirmed: CallEvent = { type: "reject-confirmed", atMs: 1_000 };

describe("the begin of a call", () => {
  it.each(["offer", "offer_notice", "preaccept", "transport", "relaylatency"] as const)(
    "is its first %s, and no later event begins it again",
    (first) => {
      const { steps } = play([phase(first), phase("offer"), phase("relaylatency"), phase("transport")]);
      expect(steps).toEqual(["begin", "ignore", "ignore", "ignore"]);
    },
  );

  it.each(["accept", "reject", "terminate", "timeout", "ringing"] as const)("is not a %s", (first) => {
    expect(play([phase(first)]).steps).toEqual(["ignore"]);
  });

  it("makes one row of one ring with its three events", () => {
    const { steps } = play([phase("offer"), phase("relaylatency"), phase("terminate", null)]);
    expect(steps).toEqual(["begin", "ignore", "update"]);
  });

  it("is not acted on when its end overtook it", () => {
    const { steps, life } = play([phase("terminate", null), phase("offer"), phase("offer")]);
    expect([steps, life.ended]).toEqual([["ignore", "begin-ended", "ignore"], "missed"]);
  });
});

describe("the end of a call", () => {
  it.each([
    ["terminate for a timeout", [phase("terminate", "timeout")], "timeout"],
    ["Baileys' timeout", [phase("timeout")], "timeout"],
    ["terminate without a reason", [phase("terminate", null)], "missed"],
    ["terminate for none", [phase("terminate", "none")], "missed"],
    ["the end of a group call", [phase("terminate", "group_call_ended")], "missed"],
    ["terminate as Baileys tells it", [phase("terminate")], "unknown"],
    ["an unheard of reason", [phase("terminate", "sunspots")], "unknown"],
    ["accepted elsewhere", [phase("terminate", "accepted_elsewhere")], "answered-elsewhere"],
    ["rejected elsewhere", [phase("terminate", "rejected_elsewhere")], "rejected-elsewhere"],
    ["a reject of another device", [phase("reject")], "rejected-elsewhere"],
    ["accepted and still going on", [phase("accept")], null],
    ["accepted, then over", [phase("accept"), phase("terminate", null)], "answered"],
    ["our reject on its way", [sent], null],
    ["our reject", [sent, confirmed], "rejected-by-us"],
    ["our reject and its echo", [sent, phase("terminate", "rejected_elsewhere"), confirmed], "rejected-by-us"],
    ["our reject and a late timeout", [sent, confirmed, phase("terminate", "timeout")], "rejected-by-us"],
    ["hung up before our reject was there", [sent, phase("terminate", null)], "cancelled"],
    ["answered before our reject", [phase("accept"), sent, confirmed], "answered"],
    [
      "answered elsewhere despite our reject",
      [sent, confirmed, phase("terminate", "accepted_elsewhere")],
      "answered-elsewhere",
    ],
  ] as const)("after %s", (_case, events, ended) => {
    expect(play([phase("offer"), ...events]).life.ended).toBe(ended);
  });

  it("keeps the instant of the first sign", () => {
    const { life } = play([phase("offer"), { ...phase("terminate"), atMs: 5_000 }, { ...confirmed, atMs: 9_000 }]);
    expect([life.ended, life.endedAtMs]).toEqual(["rejected-by-us", 5_000]);
  });

  it("is the same in any order of the same events, with any duplicates, and begins once", () => {
    const reason = fc.constantFrom(undefined, null, "none", "timeout", "accepted_elsewhere", "rejected_elsewhere", "x");
    const event = fc.oneof(
      fc.tuple(fc.constantFrom(...callPhases), reason).map(([name, why]) => phase(name, why)),
      fc.constantFrom(sent, confirmed),
    );
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 8 }).chain((events) => {
          const shuffled = fc.shuffledSubarray(events, { minLength: events.length });
          const again = fc.array(fc.constantFrom(...(events.length > 0 ? events : [sent])), { maxLength: 4 });
          return fc.tuple(fc.constant(events), shuffled, events.length > 0 ? again : fc.constant([]));
        }),
        ([events, shuffled, again]) => {
          const first = play(events);
          const second = play([...shuffled, ...again]);
          expect(second.life).toEqual(first.life);
          expect(second.steps.filter((step) => step.startsWith("begin")).length).toBe(first.life.hasBegun ? 1 : 0);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("isMissedCall", () => {
  it("is a call nobody turned away and nobody took", () => {
    const missed = callOutcomes.flatMap((outcome) =>
      callEndings.filter((ended) => isMissedCall(outcome, ended)).map((ended) => `${outcome} ${ended}`),
    );
    expect(missed).toEqual(
      ["allowed", "observed", "failed"].flatMap((outcome) => [
        `${outcome} missed`,
        `${outcome} cancelled`,
        `${outcome} timeout`,
      ]),
    );
    expect(isMissedCall("allowed", null)).toBe(false);
  });
});

function play(events: readonly CallEvent[]): { life: CallLife; steps: string[] } {
  let life = unknownCall;
  const steps: string[] = [];
  for (const event of events) {
    const advanced = advanceCall(life, event);
    life = advanced.life;
    steps.push(advanced.step);
  }
  return { life, steps };
}
