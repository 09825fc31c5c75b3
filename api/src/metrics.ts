import type { Actor } from "@switchboard/core/context";
import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import type { NotedRefusal } from "@switchboard/core/services/audit/note-refusal";
import type { HeldLeaseCounts } from "@switchboard/core/services/custody/count-held-leases";
import type { LiveTokenCounts } from "@switchboard/core/services/sessions/count-live-tokens";
import type { DisclosureForm } from "@switchboard/core/services/sessions/note-disclosure";

/** What happened to a session token. */
export type SessionTokenEvent = "issued" | "renewed" | "used" | "expired" | "refused" | "revoked";

/** What was done to a microservice's lease. Those lost and refused are counted by the codes of their refusals. */
export type LeaseEvent = "acquired" | "released" | "revoked" | "frozen";

/** What the database says now. */
export interface LiveCounts {
  readonly tokens: LiveTokenCounts;
  readonly leases: HeldLeaseCounts;
}

/** What the audit has of a refusal: a row; none, since it is not of the kind; none, since there were too many, or it failed. */
export type RefusalInAudit = NotedRefusal | "failed";

/** Whose request it was by the kind of credential; `rejected`: one came along and was not accepted. */
export type CredentialKind = Actor["kind"] | "rejected";

/** An answered request. */
export interface EndedRequest {
  readonly method: string;
  /** The route's pattern, never its path. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  /** null: health checks and scrapes, which would drown the rest. */
  readonly credential: CredentialKind | null;
}

/** What the app counts. Labels are closed sets; ids, numbers and secrets are none. */
export interface Metrics {
  requestEnded(request: EndedRequest): void;
  sessionTokens(event: SessionTokenEvent): void;
  leases(event: LeaseEvent): void;
  /** A session was handed out in this form. */
  sessionDisclosed(form: DisclosureForm): void;
  /** A request refused because a quota of this name was used up. */
  rateLimited(policy: string): void;
  /** A request refused with this code. */
  refused(code: ErrorCode, inAudit: RefusalInAudit): void;
  /** The text form Prometheus reads. `live` is what the database says now; null: it does not answer. */
  render(live: LiveCounts | null): Promise<{ readonly contentType: string; readonly text: string }>;
}
