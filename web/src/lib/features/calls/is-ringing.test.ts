import { expect, test } from "vitest";
import { isRinging } from "./is-ringing.ts";

const RECEIVED_AT = "2026-01-02T12:00:00.000Z";
const RECEIVED_MS = Date.parse(RECEIVED_AT);
const call = { ended: null, late: false, rejectStatus: "none", receivedAt: RECEIVED_AT } as const;

test.each([
  ["just begun", {}, 0, true],
  ["two minutes old", {}, 120_000, true],
  ["older than any phone rings", {}, 120_001, false],
  ["over", { ended: "cancelled" } as const, 0, false],
  ["delivered late", { late: true }, 0, false],
  ["rejected for sure", { rejectStatus: "confirmed" } as const, 0, false],
  ["rejected, and nobody knows whether that arrived", { rejectStatus: "unconfirmed" } as const, 0, true],
])("a call that is %s", (_what, changes, ageMs, rings) => {
  expect(isRinging({ ...call, ...changes }, RECEIVED_MS + ageMs)).toBe(rings);
});
