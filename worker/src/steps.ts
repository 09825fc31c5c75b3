import type { CommandKind, PairingFailureReason } from "@switchboard/core/domain/vocabulary";
import { clearAuthState } from "@switchboard/core/services/auth-state/clear-auth-state";
import { releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { finishCommand, removeDeletedBot } from "@switchboard/core/services/fleet/report-bot";
import type { BotConnection } from "./bot-connection.ts";
import type { DisconnectRule } from "./whatsapp/disconnect-table.ts";
import { within } from "./within.ts";

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
  await within(bot.deps.timings.settleLimitMs, bot.handlersSettled()).catch(() => undefined);
  await bot.closeLive();
  if (because === "restart") await finishCommands(bot, ["restart"]);
}

/** Gives the bot back: closes, says why, releases. The lease is released only after the socket is closed. */
export async function leaveStep(bot: BotConnection, because: "shutdown" | "unwanted"): Promise<void> {
  await within(bot.deps.timings.settleLimitMs, bot.handlersSettled()).catch(() => undefined);
  await bot.closeLive();
  await bot.pairing?.settled();
  if (because === "shutdown") await bot.reporter.say({ state: "backing-off", reason: "worker-shutdown" });
  else if (!bot.hasGivenUp) await sayStopped(bot);
  await bot.reporter.flush();
  await finishCommands(bot, ["stop", "start"]);
  await releaseForWorker(bot.deps.ctx, bot.lease, bot.isClean);
}

/** Unlinks the device because somebody asked for it, and forgets the session, which is worthless from then on. */
export async function logOutStep(bot: BotConnection): Promise<void> {
  await bot.live?.logout();
  await bot.closeLive();
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
  await removeDeletedBot(bot.deps.ctx, bot.lease);
}

/** Marks commands of these kinds as done. Failing is harmless: the next tick shows them again. */
export async function finishCommands(bot: BotConnection, kinds: readonly CommandKind[]): Promise<void> {
  const commands = bot.wish?.commands.filter((command) => kinds.includes(command.kind)) ?? [];
  for (const { id: commandId } of commands) await finishCommand(bot.deps.ctx, { commandId, state: "done", result: {} });
  if (bot.wish && commands.length > 0)
    bot.wish = { ...bot.wish, commands: bot.wish.commands.filter((command) => !kinds.includes(command.kind)) };
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

async function sayStopped(bot: BotConnection): Promise<void> {
  const isHandedOver = bot.wish === null || bot.wish.desiredState === "running";
  await bot.reporter.say({ state: "stopped", reason: isHandedOver ? null : "stopped-by-user" });
}
