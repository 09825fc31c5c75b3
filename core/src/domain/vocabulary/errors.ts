/**
 * Codes of ServiceError, and the last part of a problem's `type` (RFC 9457). Each transport maps every code in one
 * exhaustive switch. Grouped by the HTTP status REST answers with.
 */
export const errorCodes = [
  // 400: the request cannot be read
  "unreadable",
  "idempotency-key-missing",
  // 401: no or bad credential
  "unauthenticated",
  // 403: the credential is good and not enough
  "forbidden",
  "scope-missing",
  "confirmation-required",
  "address-not-allowed",
  "recipient-key-required",
  // 404: missing, malformed id or somebody else's: never told apart
  "not-found",
  // 405
  "method-not-allowed",
  // 409: the state of the thing does not allow it
  "conflict",
  "version-conflict",
  "lease-held",
  "lease-lost",
  "stale-epoch",
  "bot-frozen",
  "in-progress",
  "already-set-up",
  "confirm-mismatch",
  "allow-conflict",
  "block-conflict",
  "not-paired",
  "already-paired",
  "call-ended",
  // 412 and 428: conditional requests
  "precondition-failed",
  "final-revision-mismatch",
  "precondition-required",
  // 413, 415
  "too-large",
  "unsupported-media-type",
  // 422: readable and not valid
  "validation-failed",
  "idempotency-key-reused",
  // 429
  "rate-limited",
  // 503: try again later
  "store-busy",
  "unavailable",
  // 500
  "internal",
] as const;

/** One code; see {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];
