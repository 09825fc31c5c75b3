/** Types of events, as webhooks and the live view see them. */
export const eventTypes = [
  "bot.state",
  "bot.pairing",
  "bot.logged_out",
  "session.token_issued",
  "session.token_expiring",
  "session.token_revoked",
  "session.disclosed",
  "lease.acquired",
  "lease.released",
  "lease.drain",
  "lease.revoked",
  "lease.expired",
  "call.received",
  "call.screened",
  "call.ended",
  "call.missed",
  "block.created",
  "block.lifted",
  "block.expired",
  "reply.suspended",
  "screening.degraded",
  "screening.recovered",
  "key.created",
  "key.revoked",
  "worker.up",
  "worker.down",
] as const;

/** One type of event; see {@link eventTypes}. */
export type EventType = (typeof eventTypes)[number];

/** State of one delivery of one event to one webhook. `failed` is final: the retries are used up. */
export const webhookDeliveryStates = ["pending", "delivered", "failed"] as const;

/** One delivery state; see {@link webhookDeliveryStates}. */
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number];
