/** What an operator wants of a bot. The worker reconciles towards it. */
export const botDesiredStates = ["running", "stopped"] as const;

/** One desired state; see {@link botDesiredStates}. */
export type BotDesiredState = (typeof botDesiredStates)[number];

/** What a bot is now, as its holder last reported it. */
export const botStates = [
  "stopped",
  "connecting",
  "pairing",
  "online",
  "backing-off",
  "logged-out",
  "replaced",
  "handed-over",
  "failed",
] as const;

/** One bot state; see {@link botStates}. */
export type BotState = (typeof botStates)[number];

/** How far the linking of a device has come. `qr` and `code` mean that something is on show for the phone. */
export const pairingStates = ["idle", "waiting", "qr", "code", "linking", "linked", "expired", "failed"] as const;

/** One pairing state; see {@link pairingStates}. */
export type PairingState = (typeof pairingStates)[number];

/** Ways to link a device: scan a QR code, or type a code on the phone. */
export const pairingMethods = ["qr", "code"] as const;

/** One pairing method; see {@link pairingMethods}. */
export type PairingMethod = (typeof pairingMethods)[number];

/** Why a pairing failed. */
export const pairingFailureReasons = ["expired", "wrong-code", "passkey-required", "refused", "connection"] as const;

/** One failure reason; see {@link pairingFailureReasons}. */
export type PairingFailureReason = (typeof pairingFailureReasons)[number];

/** Who can hold a bot's session: one of our workers, or a microservice through its API key. */
export const holderKinds = ["worker", "key"] as const;

/** One kind of holder; see {@link holderKinds}. */
export type HolderKind = (typeof holderKinds)[number];

/** The fixed value of `assignedTo` and of a handover's `to` that means any worker; every other value is a key id. */
export const assignedToWorkers = "workers";

/** State of the custody row. `frozen` refuses every acquire until an admin unfreezes it. */
export const custodyStates = ["free", "held", "draining", "frozen"] as const;

/** One custody state; see {@link custodyStates}. */
export type CustodyState = (typeof custodyStates)[number];

/** Whether a custody row in this state names a holder; their lease may be over by the clock. */
export const isHeldState = (state: CustodyState): state is "held" | "draining" =>
  state === "held" || state === "draining";

/** What a holder is told when it renews: nothing, or finish and release before the deadline. */
export const leaseActions = ["none", "drain"] as const;

/** One action; see {@link leaseActions}. */
export type LeaseAction = (typeof leaseActions)[number];

/** Events of the lease's own stream (SSE). */
export const leaseStreamEvents = ["drain", "revoked", "expiring", "released"] as const;

/** One event of the lease stream; see {@link leaseStreamEvents}. */
export type LeaseStreamEvent = (typeof leaseStreamEvents)[number];

/** The `lease` field of an answered session: nobody holds the bot, or the asking key does. */
export const sessionLeaseViews = ["none", "held-by-you"] as const;

/** One view; see {@link sessionLeaseViews}. */
export type SessionLeaseView = (typeof sessionLeaseViews)[number];

/** One-off requests to the holder of a bot; each is a row with a deadline and a result. */
export const commandKinds = [
  "start",
  "stop",
  "restart",
  "logout",
  "pair",
  "cancel-pairing",
  "reject-call",
  "drain",
  "resolve-caller",
] as const;

/** One kind of command; see {@link commandKinds}. */
export type CommandKind = (typeof commandKinds)[number];

/** Life of a command. The last four are final; `expired` means nobody took it before its deadline. */
export const commandStates = ["pending", "running", "done", "failed", "expired", "cancelled"] as const;

/** One command state; see {@link commandStates}. */
export type CommandState = (typeof commandStates)[number];
