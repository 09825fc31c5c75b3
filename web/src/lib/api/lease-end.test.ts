import { expect, test } from "vitest";
import type { Outputs } from "./client.ts";

type Bot = Outputs["bots"]["get"];

import { untilLeaseEnd } from "./lease-end.ts";

const heldUntil = (expiresAtMs: number): Pick<Bot, "holder"> => ({
  holder: {
    kind: "worker",
    id: "worker-1",
    since: "2026-01-01T00:00:00Z",
    epoch: 1,
    expiresAt: new Date(expiresAtMs).toISOString(),
    state: "held",
    drainDeadline: null,
    stalledSince: null,
  },
});

test("bots are asked for when the first lease would be over", () => {
  expect(untilLeaseEnd([heldUntil(90_000), { holder: null }, heldUntil(60_000)], 20_000)).toBe(41_000);
});

test("a lease that is over by this clock does not make it ask all the time", () => {
  expect(untilLeaseEnd([heldUntil(1_000)], 500_000)).toBe(15_000);
});

test("where nobody holds a bot nothing runs out", () => {
  expect(untilLeaseEnd([{ holder: null }], 0)).toBe(false);
});
