import { describe, expect, it } from "vitest";
import { type BlockWish, planAllow, planBlock, planRestore } from "./block-changes.ts";
import { sampleBlock, sampleNowMs } from "./testing/screening-fixtures.ts";

const hour = 3_600_000;
const permanent = { type: "permanent", expiresAtMs: null } as const;
const temporary = (hours: number) => ({ type: "temporary", expiresAtMs: sampleNowMs + hours * hour }) as const;
const wish = (changes: Partial<BlockWish>): BlockWish => ({
  end: temporary(24),
  existing: [],
  isAllowed: false,
  force: false,
  replace: false,
  nowMs: sampleNowMs,
  ...changes,
});

describe("planBlock", () => {
  it.each([
    ["nothing runs", {}, { kind: "create", end: temporary(24), endedIds: [], expiredIds: [] }],
    [
      "a shorter one runs",
      { existing: [sampleBlock()] },
      { kind: "create", end: temporary(24), endedIds: ["blk_sample"], expiredIds: [] },
    ],
    [
      "one as long runs",
      { existing: [sampleBlock(temporary(24))] },
      { kind: "keep", blockId: "blk_sample", expiredIds: [] },
    ],
    [
      "a longer one runs",
      { existing: [sampleBlock(temporary(25))] },
      { kind: "keep", blockId: "blk_sample", expiredIds: [] },
    ],
    [
      "a permanent one runs",
      { existing: [sampleBlock(permanent)] },
      { kind: "keep", blockId: "blk_sample", expiredIds: [] },
    ],
    [
      "a permanent one is to be replaced",
      { existing: [sampleBlock(permanent)], replace: true },
      { kind: "create", end: temporary(24), endedIds: ["blk_sample"], expiredIds: [] },
    ],
    [
      "a permanent one follows a temporary one",
      { end: permanent, existing: [sampleBlock()] },
      { kind: "create", end: permanent, endedIds: ["blk_sample"], expiredIds: [] },
    ],
    [
      "one ran out that no cleanup has marked",
      { existing: [sampleBlock({ expiresAtMs: sampleNowMs })] },
      { kind: "create", end: temporary(24), endedIds: [], expiredIds: ["blk_sample"] },
    ],
    [
      "one was lifted",
      { existing: [sampleBlock({ ...permanent, endedAtMs: sampleNowMs - 1 })] },
      { kind: "create", end: temporary(24), endedIds: [], expiredIds: [] },
    ],
    ["the caller is allowed", { isAllowed: true }, { kind: "refused", code: "allow-conflict" }],
    [
      "the caller is allowed and it is forced",
      { isAllowed: true, force: true },
      { kind: "create", end: temporary(24), endedIds: [], expiredIds: [] },
    ],
  ] satisfies [string, Partial<BlockWish>, unknown][])("when %s", (_case, changes, plan) => {
    expect(planBlock(wish(changes))).toEqual(plan);
  });
});

describe("planAllow", () => {
  it("ends automatic blocks", () => {
    const blocks = [sampleBlock(), sampleBlock({ id: "blk_rule", origin: "rule" })];
    expect(planAllow(blocks, false, sampleNowMs)).toEqual({ kind: "allow", endedIds: ["blk_sample", "blk_rule"] });
  });

  it.each(["manual", "import", "api"] as const)("is refused over a block by %s unless forced", (origin) => {
    const blocks = [sampleBlock({ origin })];
    expect(planAllow(blocks, false, sampleNowMs)).toEqual({ kind: "refused", code: "block-conflict" });
    expect(planAllow(blocks, true, sampleNowMs)).toEqual({ kind: "allow", endedIds: ["blk_sample"] });
  });

  it("does not mind a manual block that is over", () => {
    const blocks = [sampleBlock({ origin: "manual", expiresAtMs: sampleNowMs })];
    expect(planAllow(blocks, false, sampleNowMs)).toEqual({ kind: "allow", endedIds: [] });
  });
});

describe("planRestore", () => {
  const lifted = sampleBlock({ endedAtMs: sampleNowMs - 1 });

  it.each([
    ["gives the row back", lifted, [], false, { kind: "restore", blockId: "blk_sample" }],
    ["has nothing to do", sampleBlock(), [], false, { kind: "already-active" }],
    ["comes after its end", { ...lifted, expiresAtMs: sampleNowMs }, [], false, { kind: "over" }],
    ["meets another block", lifted, [sampleBlock({ id: "b" })], false, { kind: "refused", code: "block-conflict" }],
    ["meets an allow", lifted, [], true, { kind: "refused", code: "allow-conflict" }],
  ] as const)("%s", (_case, block, others, isAllowed, plan) => {
    expect(planRestore(block, others, isAllowed, sampleNowMs)).toEqual(plan);
  });
});
