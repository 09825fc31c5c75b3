import {
  assignedToWorkers,
  type BotStateReason,
  type CommandKind,
  type PairingFailureReason,
} from "@switchboard/core/domain/vocabulary";
import { clearAuthState } from "@switchboard/core/services/auth-state/clear-auth-state";
import { releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { type BotReport, finishCommand, removeDeletedBot } from "@switchboard/core/services/fleet/report-bot";
import type { BotConnection } from "./bot-connection.ts";
import type { LeaveReason } from "./decide-next.ts";
import type { DisconnectRule } from "./whatsapp/disconnect-table.ts";

/** The connection ended by itself: says why, and decides when to try again. */
export async function settleStep(bot: BotConnection, rule: DisconnectRule): Promise<void> {
  const { live } = bot;
  bot.deps.metrics.disconnects.inc({ reason: rule.reason });
  bot.deps.logger.info({ botId: bot.lease.botId, reason: rule.reason, next: rule.next }, "the connection ended");
  await bot.closeLive();
  if (live?.attemptId && bot.pairing?.stage === "asked") {
    await settlePairing(bot, rule);
  } else if (rule.next === "stop") {
    bot.hasGivenUp = true;
    if (live?.attemptId && bot.pairing?.stage === "accepted") await failPairing(bot, pairingFailure(rule));
    // A deleted bot that WhatsApp will not let in cannot be unlinked from here, and must not be tried for ever.
    const unlinked = rule.unlinks || bot.wish?.isDeleted ? { isLinked: false } : {};
    await bot.reporter.say({ state: rule.state, reason: rule.reason, desiredState: "stopped", ...unlinked });
  } else {
    if (rule.next === "back-off") bot.backOff();
    await bot.reporter.say({ state: rule.state, reason: rule.reason });
  }
}

/** Closes a connection because of a wish; the loop opens another or leaves. */
export async function closeStep(
  bot: BotConnection,
  because: "pairing-changed" | "restart" | "unwanted",
): Promise<void> {
  await bot.handlersSettled();
  await bot.closeLive();
  if (because === "restart") await finishCommands(bot, ["restart"]);
}

/**
 * Gives the bot back: begins nothing more, closes, stores, says why, releases. Everything that the lease fences comes
 * before its release. @throws Error while the last report or a commit of an outage cannot be written; safe to repeat
 */
export async function leaveStep(bot: BotConnection, because: LeaveReason): Promise<void> {
  bot.handlers.freeze();
  await bot.handlersSettled();
  await bot.closeLive();
  await bot.pairing?.settled();
  await sayWhyLeft(bot, because);
  await bot.reporter.ended();
  if (!bot.reporter.isSettled) throw new Error("the last report of the bot could not be written");
  await finishCommands(bot, ["stop", "start"]);
  await bot.deps.places.settle(bot.lease);
  bot.isReleasing = true;
  await releaseForWorker(bot.deps.ctx, bot.lease, bot.isClean);
  await bot.deps.places.forget(bot.lease);
}

/** Tries to unlink a device until nobody believes in an answer any more; the waits between them grow. */
const UNLINK_TRIES_MAX = 5;

/**
 * Unlinks the device because somebody asked for it, and forgets the session, which is worthless from then on. Only the
 * server's word counts: a session that is forgotten unheard leaves the phone with a device that nobody can remove from here.
 */
export async function logOutStep(bot: BotConnection): Promise<void> {
  if ((await bot.live?.unlink()) !== true) {
    bot.unlinking.fail();
    if (bot.unlinking.failures >= UNLINK_TRIES_MAX) await giveUpUnlinking(bot);
    return;
  }
  await bot.closeLive();
  await bot.deps.places.forget(bot.lease);
  await clearAuthState(bot.deps.ctx, bot.lease);
  bot.hasGivenUp = true;
  const report = {
    state: "logged-out",
    reason: "logged-out-by-user",
    isLinked: false,
    desiredState: "stopped",
  } as const;
  await bot.reporter.say(report);
  await finishCommands(bot, ["logout"]);
  if (bot.wish) bot.wish = { ...bot.wish, isLinked: false };
  if (bot.wish?.isDeleted) bot.hasGivenUp = false;
}

/** Removes a deleted bot's rows; nothing is linked any more. */
export async function removeStep(bot: BotConnection): Promise<void> {
  await bot.closeLive();
  bot.isReleasing = true;
  await removeDeletedBot(bot.deps.ctx, bot.lease);
  await bot.deps.places.forget(bot.lease, "bot");
}

/** Marks commands of these kinds as done, or failed for a reason. Failing is harmless: the next tick shows them again. */
export async function finishCommands(
  bot: BotConnection,
  kinds: readonly CommandKind[],
  failure: BotStateReason | null = null,
): Promise<void> {
  const commands = bot.wish?.commands.filter((command) => kinds.includes(command.kind)) ?? [];
  const outcome =
    failure === null
      ? ({ state: "done", result: {} } as const)
      : ({ state: "failed", result: { reason: failure } } as const);
  for (const { id: commandId } of commands) await finishCommand(bot.deps.ctx, { commandId, ...outcome });
  if (bot.wish && commands.length > 0)
    bot.wish = { ...bot.wish, commands: bot.wish.commands.filter((command) => !kinds.includes(command.kind)) };
}

/** The session stays, so that it can be tried again; that of a deleted bot cannot be kept for ever. */
async function giveUpUnlinking(bot: BotConnection): Promise<void> {
  const reason = "unlink-unanswered";
  bot.deps.logger.warn({ botId: bot.lease.botId }, "the device could not be unlinked");
  const isDeleted = bot.wish?.isDeleted === true;
  await bot.closeLive();
  bot.hasGivenUp = !isDeleted;
  const unlinked = isDeleted ? { isLinked: false } : {};
  await bot.reporter.say({ state: "failed", reason, desiredState: "stopped", ...unlinked });
  await finishCommands(bot, ["logout"], reason);
  if (bot.wish && isDeleted) bot.wish = { ...bot.wish, isLinked: false };
}

async function settlePairing(bot: BotConnection, rule: DisconnectRule): Promise<void> {
  const reason = pairingFailure(rule);
  await failPairing(bot, reason);
  bot.hasGivenUp = true;
  const stateReason = reason === "expired" ? "pairing-expired" : "pairing-failed";
  await bot.reporter.say({ state: "stopped", reason: stateReason, desiredState: "stopped" });
}

async function failPairing(bot: BotConnection, reason: PairingFailureReason): Promise<void> {
  bot.pairing?.onFailed(reason);
  await bot.pairing?.settled();
}

/** Why an unfinished pairing ended, as far as the close tells. */
function pairingFailure(rule: DisconnectRule): PairingFailureReason {
  if (rule.reason === "connection-lost") return "expired";
  if (rule.reason === "logged-out" || rule.reason === "forbidden" || rule.reason === "unauthorized") return "refused";
  return "connection";
}

const HANDED_OVER: BotReport = { state: "handed-over", reason: "handed-over" };

async function sayWhyLeft(bot: BotConnection, because: LeaveReason): Promise<void> {
  if (because === "shutdown") return bot.reporter.say({ state: "backing-off", reason: "worker-shutdown" });
  if (bot.hasGivenUp) return bot.reporter.flush();
  if (because === "drain") {
    const isForWorkers = bot.wish?.custody.handoverTo === assignedToWorkers;
    return bot.reporter.say(isForWorkers ? { state: "backing-off", reason: null } : HANDED_OVER);
  }
  const isStillWished = bot.wish?.desiredState === "running";
  await bot.reporter.say({ state: "stopped", reason: isStillWished ? null : "stopped-by-user" });
}
