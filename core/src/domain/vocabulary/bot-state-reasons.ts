/**
 * Why a bot is in its state. One code per cause of a disconnect the client or the server reports, plus the causes that
 * are our own. `unknown` is the only fallback.
 */
export const botStateReasons = [
  "connection-closed",
  "connection-lost",
  "connect-timeout",
  "server-not-trusted",
  "connection-replaced",
  "logged-out",
  "bad-session",
  "restart-required",
  "multi-device-mismatch",
  "forbidden",
  "unauthorized",
  "service-unavailable",
  "payment-required",
  "client-outdated",
  "temporarily-banned",
  "unfinished-pairing",
  "pairing-expired",
  "pairing-failed",
  "not-paired",
  "lease-lost",
  "lease-held-elsewhere",
  "custody-frozen",
  "store-failed",
  "stopped-by-user",
  "logged-out-by-user",
  "unlink-unanswered",
  "handed-over",
  "holder-released",
  "holder-gone",
  "lease-revoked",
  "worker-shutdown",
  "worker-gone",
  "unknown",
] as const;

/** One reason; see {@link botStateReasons}. */
export type BotStateReason = (typeof botStateReasons)[number];

/** The reason in words for people. Safe to show to anybody who may see the bot: no number, no key, no message text. */
export const botStateReasonWords: Readonly<Record<BotStateReason, string>> = {
  "connection-closed": "WhatsApp closed the connection.",
  "connection-lost": "The connection went silent and was given up.",
  "connect-timeout": "WhatsApp did not answer while connecting.",
  "server-not-trusted":
    "The server could not prove that it is WhatsApp, so no session was shown to it. Look at your network.",
  "connection-replaced": "Another program connected with the same session.",
  "logged-out": "The phone removed this linked device. Link it again.",
  "bad-session": "WhatsApp refused the session or broke off with an unnamed error.",
  "restart-required": "WhatsApp asked for a new connection, as it does right after linking.",
  "multi-device-mismatch": "The account cannot be used with linked devices.",
  forbidden: "WhatsApp refused this account.",
  unauthorized: "WhatsApp no longer accepts the credentials of this device. Link it again.",
  "service-unavailable": "WhatsApp is not available at the moment.",
  "payment-required": "WhatsApp refused the account for a matter of payment.",
  "client-outdated": "WhatsApp no longer accepts this version of the client. Update Switchboard.",
  "temporarily-banned": "WhatsApp has banned this account for a while.",
  "unfinished-pairing": "Linking was begun and not finished. Start it again.",
  "pairing-expired": "Nobody scanned or typed the code in time.",
  "pairing-failed": "The phone could not be linked.",
  "not-paired": "No phone is linked yet.",
  "lease-lost": "This worker lost the right to hold the session and closed the connection.",
  "lease-held-elsewhere": "Somebody else holds the session.",
  "custody-frozen": "The session is frozen until an admin releases it.",
  "store-failed": "The session could not be stored, so the connection was closed to protect it.",
  "stopped-by-user": "Somebody stopped this bot.",
  "logged-out-by-user": "Somebody logged this bot out.",
  "unlink-unanswered":
    "WhatsApp did not confirm that this device was unlinked. Log out again, or remove the device on the phone.",
  "handed-over": "A microservice holds the session.",
  "holder-released": "The microservice that held the session gave it back.",
  "holder-gone": "The microservice that held the session stopped renewing its lease.",
  "lease-revoked": "The right to hold the session was taken back.",
  "worker-shutdown": "The worker was shut down.",
  "worker-gone": "The worker stopped reporting.",
  unknown: "The connection ended for an unknown reason.",
};

/**
 * The reason of a disconnect by its status code. 401 to 515 are Baileys' DisconnectReason (src/Types/index.ts) where it
 * has a name; 402, 405, 406 and 419 arrive from the server without one.
 */
export const botStateReasonByStatusCode: Readonly<Record<number, BotStateReason>> = {
  401: "logged-out",
  402: "payment-required",
  403: "forbidden",
  405: "client-outdated",
  406: "temporarily-banned",
  408: "connection-lost",
  411: "multi-device-mismatch",
  419: "unauthorized",
  428: "connection-closed",
  440: "connection-replaced",
  500: "bad-session",
  503: "service-unavailable",
  515: "restart-required",
};

/**
 * The reason of a disconnect. 408 while the connection was not open yet is a connect timeout, afterwards a lost one:
 * Baileys gives both the same number. Codes without an entry, and null, are `unknown`.
 */
export function botStateReasonOf(disconnect: { statusCode: number | null; wasOpen: boolean }): BotStateReason {
  const { statusCode, wasOpen } = disconnect;
  if (statusCode === null) return "unknown";
  if (statusCode === 408 && !wasOpen) return "connect-timeout";
  return botStateReasonByStatusCode[statusCode] ?? "unknown";
}
