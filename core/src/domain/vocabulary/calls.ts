/**
 * What became of a call; exclusive. `blocked`: a block or the daily limit turned it away. `rejected`: another rule did.
 * `observed`: nothing was done on purpose (off, monitor, late). `failed`: no decision could be made in time.
 */
export const callOutcomes = ["allowed", "rejected", "blocked", "observed", "failed"] as const;

/** One outcome; see {@link callOutcomes}. */
export type CallOutcome = (typeof callOutcomes)[number];

/** Which rule decided; the first match in the order of screening. */
export const callReasons = [
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

/** One reason; see {@link callReasons}. */
export type CallReason = (typeof callReasons)[number];

/** How the reject went. `unconfirmed`: no acknowledgement came. `moot`: the call was over before we acted. */
export const rejectStatuses = ["none", "pending", "confirmed", "unconfirmed", "failed", "moot"] as const;

/** One status; see {@link rejectStatuses}. */
export type RejectStatus = (typeof rejectStatuses)[number];

/** How the text to the caller went. `throttled`: a cap held it back. `suspended`: all replies of the bot are held. */
export const replyStatuses = [
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

/** One status; see {@link replyStatuses}. */
export type ReplyStatus = (typeof replyStatuses)[number];

/** Kinds of calls. A group's video call is `group`. */
export const callKinds = ["voice", "video", "group"] as const;

/** One kind; see {@link callKinds}. */
export type CallKind = (typeof callKinds)[number];

/** How a call ended. `timeout` rang out by WhatsApp's word; `missed` ended unanswered without a word why. */
export const callEndings = [
  "missed",
  "cancelled",
  "answered",
  "answered-elsewhere",
  "rejected-elsewhere",
  "rejected-by-us",
  "timeout",
  "unknown",
] as const;

/** One ending; see {@link callEndings}. */
export type CallEnding = (typeof callEndings)[number];

/** Whether a block ends by itself. */
export const blockTypes = ["temporary", "permanent"] as const;

/** One block type; see {@link blockTypes}. */
export type BlockType = (typeof blockTypes)[number];

/** Who made a block. `limit` and `rule` are automatic, the others are somebody's will. */
export const blockOrigins = ["manual", "limit", "rule", "import", "api"] as const;

/** One origin; see {@link blockOrigins}. */
export type BlockOrigin = (typeof blockOrigins)[number];

/** Why a block ended: by the clock, by hand, by a second block, by learning two callers are one, or by an allow. */
export const blockEndReasons = ["expired", "lifted", "replaced", "merged", "allowed"] as const;

/** One reason; see {@link blockEndReasons}. */
export type BlockEndReason = (typeof blockEndReasons)[number];

/** What happens to a call no rule speaks about. */
export const defaultActions = ["ring", "reject", "reject-and-reply"] as const;

/** One default action; see {@link defaultActions}. */
export type DefaultAction = (typeof defaultActions)[number];

/** What happens to group calls. */
export const groupCallActions = ["ignore", "reject"] as const;

/** One action; see {@link groupCallActions}. */
export type GroupCallAction = (typeof groupCallActions)[number];

/** What happens to video calls of one caller. */
export const videoCallActions = ["as-voice", "reject"] as const;

/** One action; see {@link videoCallActions}. */
export type VideoCallAction = (typeof videoCallActions)[number];

/** Over what time calls are counted towards the limit. */
export const limitWindows = ["calendar-day", "rolling-24h"] as const;

/** One window; see {@link limitWindows}. */
export type LimitWindow = (typeof limitWindows)[number];

/** Whether decisions are carried out or only recorded. */
export const screeningModes = ["enforce", "monitor"] as const;

/** One mode; see {@link screeningModes}. */
export type ScreeningMode = (typeof screeningModes)[number];

/** What the network is asked to do about a call. Rejecting always comes before the text. */
export const callActs = ["none", "reject", "reject-and-reply"] as const;

/** One act; see {@link callActs}. */
export type CallAct = (typeof callActs)[number];

/** Where a pair of phone number and LID was learnt. */
export const identitySources = ["call", "message", "history", "lookup", "manual"] as const;

/** One source; see {@link identitySources}. */
export type IdentitySource = (typeof identitySources)[number];
