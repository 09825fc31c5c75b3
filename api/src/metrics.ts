/** What happened to a session token. */
export type SessionTokenEvent = "issued" | "renewed" | "used" | "expired" | "refused" | "revoked";

/** What the app counts. Labels are closed sets: a route's pattern, never its path. */
export interface Metrics {
  requestEnded(request: { method: string; route: string; status: number; durationMs: number }): void;
  sessionTokens(event: SessionTokenEvent): void;
  /** A request refused because a quota of this name was used up. */
  rateLimited(policy: string): void;
  /** The text form Prometheus reads. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}
