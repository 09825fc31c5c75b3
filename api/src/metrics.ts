import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import type { NotedRefusal } from "@switchboard/core/services/audit/note-refusal";

/** What happened to a session token. */
export type SessionTokenEvent = "issued" | "renewed" | "used" | "expired" | "refused" | "revoked";

/** What the audit has of a refusal: a row; none, since it is not of the kind; none, since there were too many, or it failed. */
export type RefusalInAudit = NotedRefusal | "failed";

/** What the app counts. Labels are closed sets: a route's pattern, never its path. */
export interface Metrics {
  requestEnded(request: { method: string; route: string; status: number; durationMs: number }): void;
  sessionTokens(event: SessionTokenEvent): void;
  /** A request refused because a quota of this name was used up. */
  rateLimited(policy: string): void;
  /** A request refused with this code. */
  refused(code: ErrorCode, inAudit: RefusalInAudit): void;
  /** The text form Prometheus reads. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}
