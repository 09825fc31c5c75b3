import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import { namedBotId, namedTeamId } from "@switchboard/core/testing/named-ids";
import { describe, expect, it } from "vitest";
import { type BotSituation, decideNext, isWanted, type LiveView } from "./decide-next.ts";
import type { DisconnectRule } from "./whatsapp/disconnect-table.ts";

const linked: WantedBot = {
  botId: namedBotId("bot_1"),
  teamId: namedTeamId("team_1"),
  desiredState: "running",
  isLinked: true,
  isDeleted: false,
  isFree: true,
  custody: { state: "held", epoch: 1, leaseId: "lse_1", handoverTo: null },
  pairing: null,
  commands: [],
};
const pairing: WantedBot = {
  ...linked,
  isLinked: false,
  pairing: { attemptId: "pai_1", method: "qr", phoneNumber: null, state: "waiting" },
};
const open: LiveView = { isOpen: true, attemptId: null, closedBy: null };
const closed: DisconnectRule = { reason: "connection-lost", next: "back-off", state: "backing-off", unlinks: false };
const command = (kind: "logout" | "restart" | "stop"): Pick<WantedBot, "commands"> => ({
  commands: [{ id: "cmd_1", kind, payload: {} }],
});

const situation = (changes: Partial<BotSituation>): BotSituation => ({
  wish: linked,
  live: null,
  isLeaseLost: false,
  isShuttingDown: false,
  isDraining: false,
  hasGivenUp: false,
  nextTryAtMs: 0,
  nextUnlinkAtMs: 0,
  nowMs: 1_000,
  ...changes,
});

describe("the next step of a bot", () => {
  it.each<[string, Partial<BotSituation>, ReturnType<typeof decideNext>]>([
    [
      "abandons a lost lease before anything else",
      { isLeaseLost: true, isShuttingDown: true, live: open },
      { do: "abandon" },
    ],
    ["leaves at shutdown", { isShuttingDown: true, live: open }, { do: "leave", because: "shutdown" }],
    [
      "settles an ended connection before a new one",
      { live: { ...open, closedBy: closed } },
      { do: "settle", rule: closed },
    ],
    [
      "gives a bot back that somebody else is to have",
      { isDraining: true, live: open },
      { do: "leave", because: "drain" },
    ],
    [
      "says first why a connection ended, then gives the bot back",
      { isDraining: true, live: { ...open, closedBy: closed } },
      { do: "settle", rule: closed },
    ],
    [
      "gives a bot back that waits for its next try",
      { isDraining: true, nextTryAtMs: 2_000 },
      { do: "leave", because: "drain" },
    ],
    [
      "waits before it tries again to unlink",
      { wish: { ...linked, ...command("logout") }, live: open, nextUnlinkAtMs: 1_001 },
      { do: "wait", untilMs: 1_001 },
    ],
    ["opens a login for a linked bot", {}, { do: "open", attemptId: null }],
    ["waits out the back-off", { nextTryAtMs: 1_001 }, { do: "wait", untilMs: 1_001 }],
    ["opens when the back-off is just over", { nextTryAtMs: 1_000 }, { do: "open", attemptId: null }],
    ["opens a pairing for a bot that is not linked", { wish: pairing }, { do: "open", attemptId: "pai_1" }],
    ["rests while all is well", { live: open }, { do: "wait", untilMs: null }],
    ["closes when nobody wishes the bot any more", { wish: null, live: open }, { do: "close", because: "unwanted" }],
    ["leaves once closed", { wish: null }, { do: "leave", because: "unwanted" }],
    [
      "closes a stopped bot",
      { wish: { ...linked, desiredState: "stopped" }, live: open },
      { do: "close", because: "unwanted" },
    ],
    ["leaves when only a person can help", { hasGivenUp: true }, { do: "leave", because: "unwanted" }],
    [
      "closes a pairing that was replaced by another",
      { wish: pairing, live: { isOpen: false, attemptId: "pai_0", closedBy: null } },
      { do: "close", because: "pairing-changed" },
    ],
    [
      "keeps a pairing that goes on",
      { wish: pairing, live: { isOpen: false, attemptId: "pai_1", closedBy: null } },
      { do: "wait", untilMs: null },
    ],
    [
      "restarts on command",
      { wish: { ...linked, ...command("restart") }, live: open },
      { do: "close", because: "restart" },
    ],
    [
      "logs out an open connection on command",
      { wish: { ...linked, ...command("logout") }, live: open },
      { do: "log-out" },
    ],
    [
      "connects a stopped bot that is to be logged out",
      { wish: { ...linked, desiredState: "stopped", ...command("logout") } },
      { do: "open", attemptId: null },
    ],
    ["unlinks a deleted bot", { wish: { ...linked, isDeleted: true }, live: open }, { do: "log-out" }],
    [
      "removes a deleted bot that is not linked",
      { wish: { ...linked, isDeleted: true, isLinked: false } },
      { do: "remove" },
    ],
  ])("%s", (_, changes, expected) => {
    expect(decideNext(situation(changes))).toEqual(expected);
  });

  it("wants no bot that is neither linked nor being paired", () => {
    expect(isWanted({ ...linked, isLinked: false })).toBe(false);
  });
});
