import { expect, test } from "vitest";
import { pendingMs } from "./pending.ts";

const RECEIVED_AT = "2026-01-02T12:00:00.000Z";
const RECEIVED_MS = Date.parse(RECEIVED_AT);
const call = { rejectStatus: "confirmed", replyStatus: "sent", receivedAt: RECEIVED_AT } as const;

test.each([
  ["nothing", {}, 0, false],
  ["a text", { replyStatus: "pending" } as const, 59_999, true],
  ["a reject", { rejectStatus: "pending" } as const, 0, true],
  ["a text that nobody sends any more", { replyStatus: "pending" } as const, 60_000, false],
])("%s under way is asked after: %j", (_what, changes, ageMs, isAsked) => {
  expect(pendingMs([call, { ...call, ...changes }], RECEIVED_MS + ageMs) !== false).toBe(isAsked);
});
