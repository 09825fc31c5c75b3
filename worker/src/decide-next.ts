import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import type { DisconnectRule } from "./whatsapp/disconnect-table.ts";

/** A connection as the decision sees it. */
export interface LiveView {
  readonly isOpen: boolean;
  /** The pairing attempt this connection serves; null for a login. */
  readonly attemptId: string | null;
  /** Set once the connection is over. */
  readonly closedBy: DisconnectRule | null;
}

/** Everything the next step of a bot depends on. */
export interface BotSituation {
  /** null: the database no longer wishes anything of this bot from this worker. */
  readonly wish: WantedBot | null;
  readonly live: LiveView | null;
  readonly isLeaseLost: boolean;
  readonly isShuttingDown: boolean;
  /** Somebody else is to have the bot, and waits for it. */
  readonly isDraining: boolean;
  /** true after a disconnect that only a person can mend, until the wish changes. */
  readonly hasGivenUp: boolean;
  /** Monotonic time before which no new connection is opened. */
  readonly nextTryAtMs: number;
  /** Monotonic time before which an unlinking that was not answered is not tried again. */
  readonly nextUnlinkAtMs: number;
  readonly nowMs: number;
}

/** Why a bot is given back. */
export type LeaveReason = "shutdown" | "drain" | "unwanted";

/** What to do now. Each is one step; the loop asks again after it. */
export type NextStep =
  | { readonly do: "abandon" }
  | { readonly do: "leave"; readonly because: LeaveReason }
  | { readonly do: "settle"; readonly rule: DisconnectRule }
  | { readonly do: "close"; readonly because: "pairing-changed" | "restart" | "unwanted" }
  | { readonly do: "log-out" }
  | { readonly do: "remove" }
  | { readonly do: "open"; readonly attemptId: string | null }
  | { readonly do: "wait"; readonly untilMs: number | null };

/**
 * The next step of a bot: pure, total, the same for the same situation. A lost lease comes before everything, because
 * somebody else may hold the session by now.
 */
export function decideNext(situation: BotSituation): NextStep {
  const { wish, live, nowMs } = situation;
  if (situation.isLeaseLost) return { do: "abandon" };
  if (situation.isShuttingDown) return { do: "leave", because: "shutdown" };
  if (live?.closedBy) return { do: "settle", rule: live.closedBy };
  if (situation.isDraining) return { do: "leave", because: "drain" };
  if (!wish || !isWanted(wish) || situation.hasGivenUp)
    return live ? { do: "close", because: "unwanted" } : { do: "leave", because: "unwanted" };
  if (wish.isDeleted && !wish.isLinked) return { do: "remove" };
  if (live) return stepOfLive(wish, live, situation);
  if (situation.nextTryAtMs > nowMs) return { do: "wait", untilMs: situation.nextTryAtMs };
  return { do: "open", attemptId: wish.isLinked ? null : (wish.pairing?.attemptId ?? null) };
}

/** Whether a worker has anything to do with the bot: run it, link it, log it out, or take it away. */
export function isWanted(wish: WantedBot): boolean {
  if (wish.isDeleted) return true;
  if (wish.isLinked) return wish.desiredState === "running" || wantsLogout(wish);
  return wish.pairing !== null;
}

function stepOfLive(
  wish: WantedBot,
  live: LiveView,
  { nextUnlinkAtMs, nowMs }: Pick<BotSituation, "nextUnlinkAtMs" | "nowMs">,
): NextStep {
  if (!wish.isLinked && live.attemptId !== (wish.pairing?.attemptId ?? null))
    return { do: "close", because: "pairing-changed" };
  if (wish.commands.some((command) => command.kind === "restart")) return { do: "close", because: "restart" };
  if (live.isOpen && (wish.isDeleted || wantsLogout(wish)))
    return nextUnlinkAtMs > nowMs ? { do: "wait", untilMs: nextUnlinkAtMs } : { do: "log-out" };
  return { do: "wait", untilMs: null };
}

const wantsLogout = (wish: WantedBot): boolean => wish.commands.some((command) => command.kind === "logout");
