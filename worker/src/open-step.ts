import { clearAuthState } from "@switchboard/core/services/auth-state/clear-auth-state";
import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import type { BotConnection } from "./bot-connection.ts";
import { LiveConnection } from "./live-connection.ts";
import { PairingReporter } from "./pairing-reporter.ts";
import { finishCommands } from "./steps.ts";
import type { BotAccount, SocketEvents } from "./whatsapp/events.ts";
import { recoverSession } from "./whatsapp/recover-session.ts";

/** Connects: recovers the session first where the end before was not clean, and mints an identity only for a pairing. */
export async function openStep(bot: BotConnection, attemptId: string | null): Promise<void> {
  const pairing = bot.wish?.pairing;
  if (attemptId !== null && pairing) {
    await beginPairing(bot, pairing);
    await bot.reporter.say({ state: "pairing", reason: null });
  } else {
    await bot.reporter.say({ state: "connecting", reason: null });
  }
  await finishCommands(bot, ["restart"]);
  if (!bot.isClean) await recoverSession(bot.deps, bot.lease);
  bot.isClean = true;
  const { lease, isAlive } = bot;
  const onChange = () => bot.ring("socket-closed");
  const live = await LiveConnection.open(bot.deps, { lease, isAlive, attemptId, events: eventsOf(bot), onChange });
  bot.live = live;
  if (bot.isLost) live.abandon();
}

/**
 * A new attempt starts from a new identity: what an unfinished one left would be refused by the server. One that the
 * phone has accepted goes on with its own, or the phone would keep a linked device that nobody holds.
 */
async function beginPairing(bot: BotConnection, pairing: NonNullable<WantedBot["pairing"]>): Promise<void> {
  if (bot.pairing?.attemptId === pairing.attemptId) return;
  if (pairing.state !== "linking") {
    await bot.deps.places.forget(bot.lease);
    await clearAuthState(bot.deps.ctx, bot.lease);
  }
  bot.pairing = new PairingReporter(bot.deps, bot.lease, pairing, () => bot.ring("pairing-step"));
}

function eventsOf(bot: BotConnection): Omit<SocketEvents, "onClose"> {
  return {
    ...bot.handlers,
    onQr: (qr) => bot.pairing?.onQr(qr, () => bot.live?.socket ?? null),
    onPaired: () => bot.pairing?.onPaired(),
    onPasskeyRequired: () => {
      bot.pairing?.onPasskeyRequired();
      void bot.live?.socket?.end();
    },
    onOpen: (account) => onOpen(bot, account),
  };
}

function onOpen(bot: BotConnection, account: BotAccount): void {
  if (bot.live?.attemptId !== null) bot.pairing?.onLinked();
  const known = Object.entries(account).filter(([, value]) => value !== null);
  const facts: Partial<Record<keyof BotAccount, string>> = Object.fromEntries(known);
  bot.reporter.say({ state: "online", reason: null, isLinked: true, ...facts }).catch(() => bot.loseLease());
  bot.handlers.onOpen();
  bot.noteOpen(account);
}
