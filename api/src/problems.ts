import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import type { ServiceError } from "@switchboard/core/errors";

/** One kind of problem: its status, its name, and what /problems/<code> says of it. */
export interface ProblemKind {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 428 | 429 | 500 | 503;
  readonly title: string;
  readonly cause: string;
  readonly check: string;
}

const kind = (status: ProblemKind["status"], title: string, cause: string, check: string): ProblemKind => ({
  status,
  title,
  cause,
  check,
});

/** The one table from our codes to HTTP; the compiler finds a missing code. */
export const problemKinds: Readonly<Record<ErrorCode, ProblemKind>> = {
  unreadable: kind(
    400,
    "Unreadable request",
    "The body is not JSON, or the request brings two different credentials.",
    "Send one JSON document in UTF-8 and one credential.",
  ),
  "idempotency-key-missing": kind(
    400,
    "Idempotency key missing",
    "This call changes something that must not happen twice, and came without Idempotency-Key.",
    "Send an Idempotency-Key of your choice, and the same one when you repeat the call.",
  ),
  unauthenticated: kind(
    401,
    "No valid credential",
    "No credential came along, or it is unknown, mistyped, expired or revoked.",
    "Send x-api-key, or Authorization with Bearer. Look at the key's status and expiry in the dashboard.",
  ),
  forbidden: kind(
    403,
    "Not allowed",
    "The credential is good, but its role or kind may not do this.",
    "Ask an admin of your team, or use a personal access token of one.",
  ),
  "confirmation-required": kind(
    403,
    "Confirm your password",
    "This change is sensitive, and the password of this sign-in was given more than 15 minutes ago.",
    "Send the password to POST /api/confirm-password with the same credential, then repeat the request.",
  ),
  "scope-missing": kind(
    403,
    "Scope missing",
    "The API key or the role does not hold the scope that `requiredScope` names.",
    "Make a key with this scope.",
  ),
  "address-not-allowed": kind(
    403,
    "Address not allowed",
    "The API key is limited to address ranges, and the request comes from outside of them.",
    "Compare the key's ranges with your address. Behind a proxy, TRUSTED_PROXIES must name the proxy.",
  ),
  "recipient-key-required": kind(
    403,
    "Recipient key required",
    "A session is only given sealed to a key of yours, or in plain form to a key with the scope session:plain.",
    "Register a recipient key, or give the API key the scope session:plain.",
  ),
  "not-found": kind(
    404,
    "Not found",
    "There is no such thing, or it is not yours to know of.",
    "Compare the id with the list the thing comes from, and the credential with the team that owns it.",
  ),
  "method-not-allowed": kind(
    405,
    "Method not allowed",
    "The address exists, but not for this method.",
    "The Allow field of the answer lists the methods.",
  ),
  conflict: kind(409, "Conflict", "The state of the thing does not allow this.", "Read the thing again."),
  "version-conflict": kind(
    409,
    "Changed meanwhile",
    "Somebody changed it after you read the version you sent.",
    "Read it again, apply your change, and send the new version.",
  ),
  "lease-held": kind(
    409,
    "Lease held",
    "Somebody else holds the bot; `holder` says who and until when.",
    "Wait as long as Retry-After says, or ask for a takeover.",
  ),
  "lease-lost": kind(
    409,
    "Lease lost",
    "The lease was not renewed in time, or was given back.",
    "Stop the socket first, then acquire a new lease.",
  ),
  "stale-epoch": kind(
    409,
    "Stale epoch",
    "A newer holder has the bot. Nothing was written.",
    "Stop the socket for good: this lease never becomes valid again.",
  ),
  "bot-frozen": kind(409, "Bot frozen", "An admin froze the custody of this bot.", "Ask an admin to unfreeze it."),
  "in-progress": kind(
    409,
    "In progress",
    "The same call is still being worked on.",
    "Repeat it with the same Idempotency-Key a little later.",
  ),
  "already-set-up": kind(
    409,
    "Already set up",
    "The first admin exists, so setup is closed.",
    "Sign in, or ask the admin for an account.",
  ),
  "confirm-mismatch": kind(
    409,
    "Confirmation does not match",
    "`confirm` is not the name of the bot.",
    "Send the exact name of the bot.",
  ),
  "allow-conflict": kind(
    409,
    "Caller is allowed",
    "The caller is on the list of allowed contacts.",
    "Remove them there first, or repeat with force.",
  ),
  "block-conflict": kind(
    409,
    "Caller is blocked",
    "The caller has a block already.",
    "Lift the present block first, or repeat with force.",
  ),
  "not-paired": kind(
    409,
    "Not paired",
    "The bot has no session yet, or was logged out.",
    "Pair the bot, then repeat the call.",
  ),
  "already-paired": kind(
    409,
    "Already paired",
    "The bot is linked to a phone.",
    "Log it out first when you want to link another phone.",
  ),
  "call-ended": kind(
    409,
    "Call ended",
    "The call is over or was answered.",
    "Nothing is to be done; the call's record says how it ended.",
  ),
  "precondition-failed": kind(
    412,
    "Precondition failed",
    "What If-Match names is not the present revision.",
    "Read again and send the ETag of that answer.",
  ),
  "final-revision-mismatch": kind(
    412,
    "Final revision does not match",
    "The last stored batch is another than `finalRevision` says; `revision` names it.",
    "Write what is missing, or release at that revision with clean set to false.",
  ),
  "precondition-required": kind(
    428,
    "Precondition required",
    "This call needs If-Match.",
    "Send the ETag of your last read in If-Match.",
  ),
  "too-large": kind(
    413,
    "Body too large",
    "The body is larger than this route takes.",
    "Send less at once; 64 KB is the limit unless the route says otherwise.",
  ),
  "unsupported-media-type": kind(
    415,
    "Unsupported media type",
    "The body is not declared as JSON.",
    "Send content-type: application/json.",
  ),
  "validation-failed": kind(
    422,
    "Not valid",
    "The request is readable, but fields are missing, unknown or out of range.",
    "`errors` names each field and what is wrong with it.",
  ),
  "idempotency-key-reused": kind(
    422,
    "Idempotency key reused",
    "The Idempotency-Key was used before with another body.",
    "Use a new key for a new request.",
  ),
  "rate-limited": kind(
    429,
    "Too many requests",
    "The quota of this credential or address is used up.",
    "Wait as long as Retry-After says; RateLimit tells what is left.",
  ),
  "store-busy": kind(
    503,
    "Store busy",
    "The database was busy for too long. Nothing was changed.",
    "Repeat the call after Retry-After seconds.",
  ),
  unavailable: kind(
    503,
    "Not available",
    "The database cannot be reached or the answer took too long.",
    "Repeat after Retry-After seconds. When `detail` says that the outcome is unknown, look before you repeat.",
  ),
  internal: kind(
    500,
    "Internal error",
    "Something went wrong that nobody foresaw.",
    "Give the request id to whoever runs this installation: their log has the details.",
  ),
};

/** The problem document of a refusal (RFC 9457). `instance` is the request id, so that it holds nothing of the path. */
export function toProblem(refusal: ServiceError, requestId: string): Record<string, unknown> {
  const { status, title } = problemKinds[refusal.code];
  const { errors, extra } = refusal.details;
  return {
    type: `/problems/${refusal.code}`,
    title,
    status,
    detail: refusal.message,
    instance: requestId,
    code: refusal.code,
    requestId,
    ...(errors ? { errors } : {}),
    ...extra,
  };
}
