import { describe, expect, it } from "vitest";
import { blockEndOf, decidingBlock, isBlockActive, longestEnd, mergeBlocks } from "./blocks.ts";
import { sampleBlock, sampleNowMs } from "./testing/screening-fixtures.ts";

const hour = 3_600_000;
const permanent = { type: "permanent", expiresAtMs: null } as const;

describe("isBlockActive", () => {
  it.each([
    [null, null, true],
    [sampleNowMs + 1, null, true],
    [sampleNowMs, null, false],
    [sampleNowMs - 1, null, false],
    [null, sampleNowMs - 1, false],
    [sampleNowMs + hour, sampleNowMs, false],
  ])("ending at %s, ended at %s: %s", (expiresAtMs, endedAtMs, isActive) => {
    expect(isBlockActive({ expiresAtMs, endedAtMs }, sampleNowMs)).toBe(isActive);
  });
});

describe("decidingBlock", () => {
  it("takes a manual block before an automatic one that lasts longer", () => {
    const blocks = [sampleBlock({ id: "auto", ...permanent }), sampleBlock({ id: "manual", origin: "manual" })];
    expect(decidingBlock(blocks, sampleNowMs)?.id).toBe("manual");
  });

  it("takes the one that ends last among equals, and ignores what is over", () => {
    const blocks = [
      sampleBlock({ id: "short" }),
      sampleBlock({ id: "long", expiresAtMs: sampleNowMs + 2 * hour }),
      sampleBlock({ id: "lifted", ...permanent, endedAtMs: sampleNowMs }),
      sampleBlock({ id: "expired", origin: "manual", expiresAtMs: sampleNowMs }),
    ];
    expect(decidingBlock(blocks, sampleNowMs)?.id).toBe("long");
    expect(decidingBlock(blocks, sampleNowMs + 2 * hour)).toBeNull();
  });
});

describe("merging", () => {
  it.each([
    [{ type: "temporary", expiresAtMs: 1 }, { type: "temporary", expiresAtMs: 2 }, 2],
    [{ type: "temporary", expiresAtMs: 2 }, { type: "temporary", expiresAtMs: 1 }, 2],
    [permanent, { type: "temporary", expiresAtMs: 2 }, null],
    [{ type: "temporary", expiresAtMs: 2 }, permanent, null],
  ] as const)("of ends %j and %j takes %s", (first, second, expiresAtMs) => {
    expect(longestEnd(first, second).expiresAtMs).toBe(expiresAtMs);
  });

  it("keeps the manual row with the longest end, whichever comes first", () => {
    const manual = sampleBlock({ id: "manual", origin: "manual", createdAtMs: sampleNowMs });
    const auto = sampleBlock({ id: "auto", ...permanent });
    const expected = { kept: manual, ended: auto, end: permanent };
    expect([mergeBlocks(manual, auto), mergeBlocks(auto, manual)]).toEqual([expected, expected]);
  });

  it("keeps the older of two alike, and then goes by the id", () => {
    const older = sampleBlock({ id: "z", createdAtMs: sampleNowMs - 2 * hour });
    expect(mergeBlocks(sampleBlock({ id: "a" }), older).kept.id).toBe("z");
    expect(mergeBlocks(sampleBlock({ id: "b" }), sampleBlock({ id: "a" })).kept.id).toBe("a");
  });
});

describe("blockEndOf", () => {
  const year = 8_760 * hour;

  it.each([
    [{ type: "permanent" }, { ok: true, ...permanent }],
    [{ type: "temporary" }, temporary(24 * hour)],
    [{ type: "temporary", hours: 1 }, temporary(hour)],
    [{ type: "temporary", hours: 8_760 }, temporary(year)],
    [{ type: "temporary", expiresAtMs: sampleNowMs + 1 }, temporary(1)],
    [{ type: "temporary", expiresAtMs: sampleNowMs + year }, temporary(year)],
    [{ type: "permanent", hours: 1 }, refused("permanent-with-end")],
    [{ type: "permanent", expiresAtMs: sampleNowMs + 1 }, refused("permanent-with-end")],
    [{ type: "temporary", hours: 1, expiresAtMs: sampleNowMs + 1 }, refused("hours-and-expiry")],
    [{ type: "temporary", hours: 0 }, refused("hours-out-of-bounds")],
    [{ type: "temporary", hours: 8_761 }, refused("hours-out-of-bounds")],
    [{ type: "temporary", hours: 1.5 }, refused("hours-out-of-bounds")],
    [{ type: "temporary", expiresAtMs: sampleNowMs }, refused("expiry-in-the-past")],
    [{ type: "temporary", expiresAtMs: Number.NaN }, refused("expiry-in-the-past")],
    [{ type: "temporary", expiresAtMs: sampleNowMs + year + 1 }, refused("expiry-too-far")],
  ] as const)("%j", (request, result) => {
    expect(blockEndOf(request, 24, sampleNowMs)).toEqual(result);
  });
});

function temporary(lengthMs: number) {
  return { ok: true, type: "temporary", expiresAtMs: sampleNowMs + lengthMs } as const;
}

function refused(reason: string) {
  return { ok: false, reason } as const;
}
