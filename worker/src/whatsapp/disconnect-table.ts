import type { BotState, BotStateReason } from "@switchboard/core/domain/vocabulary";
import { DisconnectReason } from "@whiskeysockets/baileys";

/**
 * What to do when a connection ended. `reconnect`: at once. `back-off`: after a growing wait. `stop`: not by itself;
 * somebody must act, and the bot's desired state says so.
 */
export interface DisconnectRule {
  readonly reason: BotStateReason;
  readonly next: "reconnect" | "back-off" | "stop";
  /** The state that is shown meanwhile. */
  readonly state: Extract<BotState, "connecting" | "backing-off" | "logged-out" | "replaced" | "failed">;
  /** true: the device is no longer linked, so only a new pairing helps. */
  readonly unlinks: boolean;
}

const backOff = (reason: BotStateReason): DisconnectRule => ({
  reason,
  next: "back-off",
  state: "backing-off",
  unlinks: false,
});
const stop = (reason: BotStateReason, state: DisconnectRule["state"], unlinks = false): DisconnectRule => ({
  reason,
  next: "stop",
  state,
  unlinks,
});

/** Every reason Baileys names. The type makes a new one in an upgrade a compile error. */
const namedReasons: Readonly<Record<keyof typeof DisconnectReason, DisconnectRule>> = {
  connectionClosed: backOff("connection-closed"),
  connectionLost: backOff("connection-lost"),
  timedOut: backOff("connection-lost"),
  connectionReplaced: stop("connection-replaced", "replaced"),
  loggedOut: stop("logged-out", "logged-out", true),
  badSession: backOff("bad-session"),
  restartRequired: { reason: "restart-required", next: "reconnect", state: "connecting", unlinks: false },
  multideviceMismatch: stop("multi-device-mismatch", "failed"),
  forbidden: stop("forbidden", "failed"),
  unavailableService: backOff("service-unavailable"),
};

/** Our own code for a server whose certificate is not signed by WhatsApp's root: Baileys says 400, as a server may, too. */
export const UNTRUSTED_SERVER = 495;

/** Codes the server sends as `failure reason` that Baileys passes on without a name. */
const otherCodes: Readonly<Record<number, DisconnectRule>> = {
  402: stop("payment-required", "failed"),
  405: stop("client-outdated", "failed"),
  406: stop("temporarily-banned", "failed"),
  419: stop("unauthorized", "logged-out", true),
  [UNTRUSTED_SERVER]: backOff("server-not-trusted"),
};

/** The rule for a close with `statusCode`; null or an unknown one backs off. */
export function disconnectRule(statusCode: number | null): DisconnectRule {
  for (const [name, rule] of Object.entries(namedReasons)) {
    if (isReasonName(name) && DisconnectReason[name] === statusCode) return rule;
  }
  return (statusCode === null ? undefined : otherCodes[statusCode]) ?? backOff("unknown");
}

const isReasonName = (name: string): name is keyof typeof DisconnectReason => name in namedReasons;
