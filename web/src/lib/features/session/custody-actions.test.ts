import { expect, test } from "vitest";
import { agreementFor, custodyActions, describeGiving } from "./custody-actions.ts";

const holder = (kind: "worker" | "key") =>
  ({
    kind,
    id: "x",
    since: "",
    epoch: 1,
    expiresAt: "",
    state: "held",
    drainDeadline: null,
    stalledSince: null,
  }) as const;

test("only what makes sense is offered: nothing is taken back from a worker, and a frozen bot is unfrozen first", () => {
  expect(custodyActions({ state: "frozen", holder: null })).toEqual(["unfreeze"]);
  expect(custodyActions({ state: "free", holder: null })).toEqual(["hand-over", "freeze"]);
  expect(custodyActions({ state: "held", holder: holder("worker") })).not.toContain("take-back");
  expect(custodyActions({ state: "held", holder: holder("key") })).toContain("take-back");
  expect(custodyActions({ state: "draining", holder: holder("key") })).toEqual([
    "hand-over",
    "revoke",
    "force-take",
    "freeze",
  ]);
});

test("a confirmation names the bot, the holder and the effect", () => {
  const { title, consequence } = agreementFor("revoke", "Front desk", "The API key “reader”");
  expect(title).toContain("Front desk");
  expect(consequence).toContain("The API key “reader” writes nothing from now on");
  expect(agreementFor("freeze", "Front desk", "Nobody").consequence).not.toContain("Nobody writes");
});

test("who gets a bot is told what happens to the one who has it", () => {
  const of = { bot: "Front desk", holder: "Worker main", to: "key_1" };
  const nameOf = () => "reader";
  expect(describeGiving("hand-over", of, nameOf)).toContain("within 20 seconds. Nothing is lost.");
  expect(describeGiving("hand-over", of, nameOf)).toContain(
    "kept for the API key “reader” for a minute; after that the workers",
  );
  expect(describeGiving("force-take", of, nameOf)).toContain("is not asked");
  expect(describeGiving("hand-over", { ...of, holder: "Nobody", to: "workers" }, nameOf)).toBe(
    "Nobody holds Front desk now. Front desk is kept for the workers for a minute.",
  );
});
