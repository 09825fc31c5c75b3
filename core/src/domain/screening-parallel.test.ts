import { describe, expect, it } from "vitest";
import type { BlockRow } from "./blocks.ts";
import { decideCall } from "./screening.ts";
import { enforcing, sampleBlock, sampleNowMs, screeningInput } from "./testing/screening-fixtures.ts";
import { createScreeningModel } from "./testing/screening-model.ts";
import { limitWindows } from "./vocabulary.ts";

/** Fifty calls of one caller that arrive at once; the database takes them one after the other, in any order. */
const callsAtOnce = 50;

describe("fifty calls of one caller at once", () => {
  it.each([1, 2, 3, 4, 5])("never pass the limit and make one block, in 2,000 rounds (part %i of 5)", (part) => {
    for (let round = 0; round < 2_000; round += 1) {
      const dailyLimit = 1 + ((round * part) % (callsAtOnce - 1));
      expect(decideAll(dailyLimit)).toEqual({ passed: dailyLimit, created: 1, hits: callsAtOnce - dailyLimit - 1 });
    }
  });

  it.each(limitWindows)("do so in a %s window too, however the instants of their begin are mixed", (limitWindow) => {
    for (let round = 0; round < 100; round += 1) {
      const dailyLimit = 1 + (round % (callsAtOnce - 1));
      const model = createScreeningModel({ ...enforcing, dailyLimit, limitWindow });
      const outcomes = Array.from({ length: callsAtOnce }, (_, index) => {
        const startedAtMs = sampleNowMs - ((index * 7_919 + round * 104_729) % 50_000);
        const call = { kind: "voice", offline: false, startedAtMs, receivedAtMs: sampleNowMs } as const;
        return model.receive({ ...call, id: `call_${index}`, identity: { pn: "4915100000000", lid: null } })?.outcome;
      });
      expect(outcomes.filter((outcome) => outcome === "allowed").length).toBe(dailyLimit);
      expect(model.state.blocks.map(({ hitCount }) => hitCount)).toEqual([callsAtOnce - dailyLimit - 1]);
    }
  });
});

function decideAll(dailyLimit: number): { passed: number; created: number; hits: number } {
  const seen = { passed: 0, created: 0, hits: 0 };
  const blocks: BlockRow[] = [];
  let countedCalls = 0;
  for (let index = 0; index < callsAtOnce; index += 1) {
    const decision = decideCall(screeningInput({ settings: { ...enforcing, dailyLimit }, blocks, countedCalls }));
    if (decision.counts) countedCalls += 1;
    if (decision.outcome === "allowed") seen.passed += 1;
    if (decision.hitBlock) seen.hits += 1;
    if (decision.createBlock === null) continue;
    seen.created += 1;
    blocks.push(sampleBlock({ ...decision.createBlock, id: `blk_${blocks.length}`, createdAtMs: sampleNowMs }));
  }
  return seen;
}
