import { namedBotId } from "@switchboard/core/testing/named-ids";
import { expect, it } from "vitest";
import { leaseStanding } from "./lease-standing.ts";

const lease = { botId: namedBotId("bot_1"), leaseId: "lse_1", epoch: 7 };
const own = { state: "held", epoch: 7, leaseId: "lse_1", handoverTo: null } as const;

it.each([
  ["is held while the row names it", own, "held"],
  ["is to be given back while the row drains", { ...own, state: "draining" }, "draining"],
  ["is lost to a later epoch", { ...own, epoch: 8 }, "lost"],
  [
    "is lost to a revocation, which raises the epoch and frees the bot",
    { state: "free", epoch: 8, leaseId: null, handoverTo: null },
    "lost",
  ],
  [
    "is lost where the bot is free under its own epoch",
    { state: "free", epoch: 7, leaseId: null, handoverTo: null },
    "lost",
  ],
  ["is lost to a freeze, also of its own epoch", { ...own, state: "frozen" }, "lost"],
  ["is lost to another lease of the same epoch", { ...own, leaseId: "lse_2" }, "lost"],
  ["is lost where the bot is no longer listed", null, "lost"],
  [
    "is not judged by a row from before the grant",
    { state: "free", epoch: 6, leaseId: null, handoverTo: null },
    "held",
  ],
] as const)("a lease %s", (_, custody, standing) => {
  expect(leaseStanding(lease, custody)).toBe(standing);
});
