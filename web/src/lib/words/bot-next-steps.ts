import type { Bot } from "./bots.ts";

const RECONNECTS = "Nothing to do: it connects again by itself.";
const TAKEN_OVER =
  "Nothing to do: a worker takes it over. If it stays like this, look at the workers on the System page.";
const PAIR = "Pair it with a phone.";

/** What to do about each reason of a state. */
const stepOfReason: Readonly<Record<string, string>> = {
  "connection-closed": RECONNECTS,
  "connection-lost": RECONNECTS,
  "connect-timeout": RECONNECTS,
  "restart-required": RECONNECTS,
  "service-unavailable": RECONNECTS,
  unknown: RECONNECTS,
  "bad-session": "It tries again by itself. If this goes on, log it out and pair it again.",
  "server-not-trusted": "Check the network and any proxy between Switchboard and WhatsApp. It tries again by itself.",
  "connection-replaced": "End the other program that uses this session, then start the bot.",
  "logged-out": "Pair it again.",
  unauthorized: "Pair it again.",
  "multi-device-mismatch": "Update WhatsApp on the phone, then pair the bot again.",
  forbidden: "Open WhatsApp on the phone and see what it says about the account. Then start the bot.",
  "payment-required": "Open WhatsApp on the phone and see what it says about the account. Then start the bot.",
  "client-outdated": "Update Switchboard, then start the bot.",
  "temporarily-banned": "Wait until WhatsApp on the phone says that the ban is over, then start the bot.",
  "unfinished-pairing": PAIR,
  "pairing-expired": "Pair it again, and scan or type the code while it is shown.",
  "pairing-failed": "Pair it again.",
  "not-paired": PAIR,
  "lease-lost": TAKEN_OVER,
  "lease-held-elsewhere": TAKEN_OVER,
  "worker-gone": TAKEN_OVER,
  "worker-shutdown": TAKEN_OVER,
  "holder-released": TAKEN_OVER,
  "holder-gone": TAKEN_OVER,
  "lease-revoked": TAKEN_OVER,
  "custody-frozen": "An admin can release it on the Session tab.",
  "store-failed": "Look at the disk and the database of Switchboard, then restart the bot.",
  "stopped-by-user": "Start it to connect again.",
  "logged-out-by-user": "Pair it with a phone to use it again.",
  "unlink-unanswered": "Log it out again, or remove the device on the phone under Linked devices.",
  "handed-over": "Nothing to do. An admin can take it back on the Session tab.",
};

/** What a person can do about the state a bot is in; null: all is well, or on its way. */
export function nextStepOf(bot: Pick<Bot, "state" | "reason" | "linked" | "desiredState">): string | null {
  const { state, reason, linked, desiredState } = bot;
  if (state === "online" || state === "connecting") return null;
  if (state === "pairing") return "Scan or type the code on the phone.";
  if (state === "stopped" && desiredState === "running" && linked)
    return "Nothing to do: a worker is about to start it.";
  const isToPair = state === "stopped" && !linked && (reason === null || reason === "stopped-by-user");
  if (isToPair) return PAIR;
  if (reason === null) return state === "stopped" ? "Start it to connect." : null;
  return stepOfReason[reason] ?? null;
}
