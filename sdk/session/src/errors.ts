/** A problem document (RFC 9457) as the service answers it; other members, such as `holder`, stand beside these. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Stable; see docs/errors.md of the service. */
  readonly code: string;
  readonly requestId?: string;
  readonly [member: string]: unknown;
}

/** Everything this package throws on purpose. `code` is stable; `message` is for people and holds no secret. */
export class SwitchboardError extends Error {
  override readonly name: string = "SwitchboardError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The service refused a request. */
export class ApiError extends SwitchboardError {
  override readonly name: string = "ApiError";
  readonly status: number;
  readonly problem: ProblemDocument;
  /** Seconds after which a retry makes sense, as the service said; null when it did not. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: ProblemDocument, retryAfterSeconds: number | null) {
    super(problem.code, problem.detail);
    this.status = problem.status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Who holds a lease. */
export interface LeaseHolder {
  readonly kind: "worker" | "key";
  readonly id: string;
}

/** Somebody else holds the bot, and went on holding it for as long as was to be waited. Nothing was changed. */
export class LeaseHeldError extends ApiError {
  override readonly name = "LeaseHeldError";
  /** null when the service did not say. */
  readonly holder: LeaseHolder | null;

  constructor(problem: ProblemDocument, retryAfterSeconds: number | null) {
    super(problem, retryAfterSeconds);
    this.holder = holderOf(problem.holder);
  }
}

/** Another holder was granted the bot since: nothing of this session is stored any more. Final: the socket was stopped. */
export class StaleEpochError extends ApiError {
  override readonly name = "StaleEpochError";
  /** The epoch of the present holder; null when the service did not say. */
  readonly epoch: number | null;

  constructor(problem: ProblemDocument, retryAfterSeconds: number | null) {
    super(problem, retryAfterSeconds);
    this.epoch = typeof problem.epoch === "number" ? problem.epoch : null;
  }
}

/** An admin froze the bot: nobody is granted it until it is unfrozen. */
export class BotFrozenError extends ApiError {
  override readonly name = "BotFrozenError";
}

/** Why a lease is lost; see {@link LeaseLostError}. */
export type LeaseLossReason = "not-renewed-in-time" | "refused" | "revoked" | "connection-replaced" | "write-failed";

/**
 * The lease is over, or could not be shown in time to be alive. The socket was stopped, and nothing was stored since.
 * `not-renewed-in-time`: the service was not reached before the local deadline. `refused`: it said no. `revoked`: an admin
 * took the bot away. `connection-replaced`: WhatsApp gave the connection to somebody who uses the same session (440).
 * `write-failed`: what is stored is not known, so that nothing may be sent from it.
 */
export class LeaseLostError extends SwitchboardError {
  override readonly name = "LeaseLostError";
  readonly reason: LeaseLossReason;

  constructor(reason: LeaseLossReason, message: string, options?: ErrorOptions) {
    super("lease-lost", message, options);
    this.reason = reason;
  }
}

/** The service could not be reached, or what answered was not the service. Whether the request was done is not known. */
export class UnreachableError extends SwitchboardError {
  override readonly name = "UnreachableError";

  constructor(message: string, options?: ErrorOptions) {
    super("unreachable", message, options);
  }
}

/** Something sealed was not as it must be: unreadable, not signed by the service, for somebody else, or not sealed at all. */
export class SealError extends SwitchboardError {
  override readonly name = "SealError";

  constructor(message: string, options?: ErrorOptions) {
    super("seal-broken", message, options);
  }
}

/** The class for a problem document's `code`. */
export function toApiError(problem: ProblemDocument, retryAfterSeconds: number | null): ApiError {
  switch (problem.code) {
    case "lease-held":
      return new LeaseHeldError(problem, retryAfterSeconds);
    case "stale-epoch":
      return new StaleEpochError(problem, retryAfterSeconds);
    case "bot-frozen":
      return new BotFrozenError(problem, retryAfterSeconds);
    default:
      return new ApiError(problem, retryAfterSeconds);
  }
}

function holderOf(value: unknown): LeaseHolder | null {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("id" in value)) return null;
  const { kind, id } = value;
  return (kind === "worker" || kind === "key") && typeof id === "string" ? { kind, id } : null;
}
