import { describe, expect, it } from "vitest";
import { decideDegraded } from "./degraded-screening.ts";
import { enforcing, liveCall, sampleBlock, sampleNowMs } from "./testing/screening-fixtures.ts";

describe("decideDegraded", () => {
  const base = { nowMs: sampleNowMs, call: liveCall, settings: enforcing, cachedBlocks: [], isLetThrough: false };

  it("lets everybody ring whom no remembered block names", () => {
    expect(decideDegraded(base)).toMatchObject({ outcome: "failed", reason: "degraded", act: "none", counts: true });
  });

  it("rejects without a text whom a remembered block names, until its own end", () => {
    const blocked = { ...base, cachedBlocks: [sampleBlock()] };
    expect(decideDegraded(blocked)).toMatchObject({ outcome: "blocked", act: "reject", hitBlock: true, counts: false });
    expect(decideDegraded({ ...blocked, nowMs: sampleNowMs + 3_600_000 }).act).toBe("none");
  });

  it.each([
    ["off", { settings: { ...enforcing, enabled: false } }],
    ["monitoring", { settings: { ...enforcing, mode: "monitor" as const } }],
    ["late", { call: { ...liveCall, offline: true } }],
    ["a group", { call: { ...liveCall, kind: "group" as const } }],
    ["allowed", { isLetThrough: true }],
  ])("touches nothing when %s", (_case, changes) => {
    expect(decideDegraded({ ...base, cachedBlocks: [sampleBlock()], ...changes }).act).toBe("none");
  });
});
