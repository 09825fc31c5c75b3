/**
 * The closed lists that the schema's CHECKs enforce. This package imports nothing of ours, so the lists stand here
 * once more; a contract test compares each with core/src/domain/vocabulary.ts.
 */
export const ROLES = ["owner", "admin", "operator", "viewer"] as const;
export const DESIRED_STATES = ["running", "stopped"] as const;
export const BOT_STATES = [
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
export const PAIRING_METHODS = ["qr", "code"] as const;
export const PAIRING_STATES = ["idle", "waiting", "qr", "code", "linking", "linked", "expired", "failed"] as const;
export const PAIRING_FAILURES = ["expired", "wrong-code", "passkey-required", "refused", "connection"] as const;
export const HOLDER_KINDS = ["worker", "key"] as const;
export const CUSTODY_STATES = ["free", "held", "draining", "frozen"] as const;
export const CALL_KINDS = ["voice", "video", "group"] as const;
export const CALL_OUTCOMES = ["allowed", "rejected", "blocked", "observed", "failed"] as const;
export const CALL_REASONS = [
  "not-enabled",
  "monitor",
  "own-number",
  "staff",
  "allowed-exact",
  "blocked-manual",
  "blocked-auto",
  "allowed-pattern",
  "blocked-pattern",
  "limit-exceeded",
  "outside-hours",
  "unknown-caller",
  "repeat-bypass",
  "default-ring",
  "default-reject",
  "group-ignored",
  "group-rejected",
  "video-rejected",
  "late",
  "degraded",
] as const;
export const CALL_ENDS = [
  "missed",
  "cancelled",
  "answered",
  "answered-elsewhere",
  "rejected-elsewhere",
  "rejected-by-us",
  "timeout",
  "unknown",
] as const;
export const REJECT_STATUSES = ["none", "pending", "confirmed", "unconfirmed", "failed", "moot"] as const;
export const REPLY_STATUSES = [
  "none",
  "pending",
  "sent",
  "delivered",
  "read",
  "throttled",
  "suspended",
  "failed",
  "moot",
] as const;
export const BLOCK_TYPES = ["temporary", "permanent"] as const;
export const BLOCK_ORIGINS = ["manual", "limit", "rule", "import", "api"] as const;
export const BLOCK_ENDS = ["expired", "lifted", "replaced", "merged", "allowed"] as const;
export const SCREENING_MODES = ["enforce", "monitor"] as const;
export const LIMIT_WINDOWS = ["calendar-day", "rolling-24h"] as const;
export const DEFAULT_ACTIONS = ["ring", "reject", "reject-and-reply"] as const;
export const GROUP_CALLS = ["ignore", "reject"] as const;
export const VIDEO_CALLS = ["as-voice", "reject"] as const;
export const COMMAND_KINDS = [
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
export const COMMAND_STATES = ["pending", "running", "done", "failed", "expired", "cancelled"] as const;
export const ACTOR_KINDS = [
  "user",
  "personal-access-token",
  "api-key",
  "session-token",
  "lease-token",
  "worker",
  "system",
  "anonymous",
] as const;
export const TOKEN_SUBJECTS = ["user", "key"] as const;
export const ONE_TIME_CODE_KINDS = ["invitation", "password-reset"] as const;
export const AUDIT_OUTCOMES = ["success", "denied", "failure"] as const;
export const SECRET_PURPOSES = [
  "index",
  "pepper",
  "audit",
  "signing",
  "cookie",
  "erasure",
  "claims",
  "encryption",
] as const;
