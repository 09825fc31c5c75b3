import { expect, test } from "vitest";
import { renewalPause } from "./renewal-watch.ts";

const NOW_MS = Date.parse("2026-11-22T12:00:00.000Z");
const inMs = (ms: number) => new Date(NOW_MS + ms).toISOString();

test("a lease is asked for again before its shown end, and not more often than needed", () => {
  expect(renewalPause(null, NOW_MS)).toBe(false);
  expect(renewalPause(inMs(30_000), NOW_MS)).toBe(15_000);
  expect(renewalPause(inMs(-60_000), NOW_MS)).toBe(5_000);
  expect(renewalPause(inMs(86_400_000), NOW_MS)).toBe(60_000);
});
