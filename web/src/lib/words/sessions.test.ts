import { expect, test } from "vitest";
import { custodyBadge, describeCustody, describeForm, describeHolder, describeRest, type Lease } from "./sessions.ts";

const FREE: Lease = {
  botId: "bot_1",
  state: "free",
  holder: null,
  leaseId: null,
  epoch: 3,
  expiresAt: null,
  maxExpiresAt: null,
  expired: false,
  revision: 7,
  clean: true,
  assignedTo: "workers",
  drain: null,
  reservedFor: null,
  stalledSince: null,
};
const AT = "2026-11-22T12:00:00.000Z";
const nameOf = (id: string) => (id === "key_1" ? "reader" : undefined);

test("a holder is named by what people know it by", () => {
  expect(describeHolder(null, nameOf)).toBe("Nobody");
  expect(describeHolder({ kind: "worker", id: "main" }, nameOf)).toBe("Worker main");
  expect(describeHolder({ kind: "key", id: "key_1" }, nameOf)).toBe("The API key “reader”");
  expect(describeHolder({ kind: "key", id: "key_2" }, nameOf)).toBe("An API key (key_2)");
});

test("the badge tells the most pressing thing first", () => {
  expect(custodyBadge(FREE).label).toBe("Free");
  expect(custodyBadge({ ...FREE, reservedFor: { to: "workers", until: AT } }).label).toBe("Kept for somebody");
  expect(custodyBadge({ ...FREE, state: "held" }).label).toBe("Held");
  expect(custodyBadge({ ...FREE, state: "draining" }).label).toBe("Asked back");
  expect(custodyBadge({ ...FREE, state: "draining", expired: true }).label).toBe("Ran out");
  expect(custodyBadge({ ...FREE, state: "frozen" }).label).toBe("Frozen");
});

test("a custody that is simply held, or free after a clean end, needs no words", () => {
  expect(describeCustody(FREE, nameOf)).toEqual([]);
  expect(describeCustody({ ...FREE, state: "held" }, nameOf)).toEqual([]);
});

test("a drain and a reservation say for whom", () => {
  const drained = describeCustody({ ...FREE, state: "draining", drain: { to: "key_1", deadline: AT } }, nameOf);
  expect(drained).toEqual(["Its holder was asked to finish and give it back, for the API key “reader”."]);
  const kept = describeCustody({ ...FREE, clean: false, reservedFor: { to: "workers", until: AT } }, nameOf);
  expect(kept).toEqual([
    "It is kept for the workers, and given to nobody else meanwhile.",
    "Its last holder did not end well: the next one recovers the session first.",
  ]);
});

test.each([
  [-5, "0 s"],
  [1, "1 s"],
  [59_001, "1 min 00 s"],
  [65_000, "1 min 05 s"],
  [3_600_000, "1 h 00 min"],
  [86_399_000, "23 h 59 min"],
])("a rest of %i ms reads %s", (restMs, words) => {
  expect(describeRest(restMs)).toBe(words);
});

test("a form says whether what left could be read on its way", () => {
  expect(describeForm({ detail: { form: "sealed" } })).toEqual({ label: "Sealed", tone: "good" });
  expect(describeForm({ detail: { form: "plain", parts: "keys" } })).toEqual({
    label: "Plain, some keys only",
    tone: "warning",
  });
  expect(describeForm({ detail: { form: "export" } })).toEqual({ label: "Plain, as files", tone: "warning" });
});
