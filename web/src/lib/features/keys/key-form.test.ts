import { expect, test } from "vitest";
import { emptyKeyForm, limitsOf, readKeyForm, readLimits } from "./key-form.ts";

test("a form nobody typed into asks for a key that may nothing, of all bots, for ninety days", () => {
  expect(readKeyForm(emptyKeyForm())).toEqual({
    name: "",
    scopes: [],
    botIds: null,
    cidrs: null,
    requestsPerMinute: null,
    expiresInDays: 90,
  });
});

test("read and write are two scopes, and those of sessions are chosen one by one", () => {
  const form = { ...emptyKeyForm(), levels: [2, 1, 0, 0, 1], session: ["session:lease" as const] };
  expect(readKeyForm(form).scopes).toEqual(["bots:read", "bots:write", "calls:read", "audit:read", "session:lease"]);
});

test("bots that were chosen count only where not all are", () => {
  const form = { ...emptyKeyForm(), botIds: ["bot_1"] };
  expect(readKeyForm(form).botIds).toBeNull();
  expect(readKeyForm({ ...form, isForAllBots: false }).botIds).toEqual(["bot_1"]);
});

test("limits come back as they were, and what is no number is not taken for none", () => {
  const limits = { cidrs: ["203.0.113.0/24", "2001:db8::/32"], requestsPerMinute: 60 };
  expect(readLimits(limitsOf(limits))).toEqual(limits);
  expect(readLimits({ addresses: " \n, ", requestsPerMinute: " " })).toEqual({ cidrs: null, requestsPerMinute: null });
  expect(readLimits({ addresses: "", requestsPerMinute: "many" }).requestsPerMinute).toBe(0);
  expect(readLimits({ addresses: "", requestsPerMinute: "1.5" }).requestsPerMinute).toBe(0);
});
