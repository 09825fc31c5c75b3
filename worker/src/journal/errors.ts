/** A file of a session is not what this worker wrote: a bit, the order, or the place of something was changed. */
export class SessionFileAlteredError extends Error {
  override readonly name = "SessionFileAlteredError";
}

/** Why a worker no longer goes on without its database. */
export type StopReason = "lease-deadline" | "chain-limit" | "no-second-place" | "new-keys" | "abandoned";

const sentences: Readonly<Record<StopReason, string>> = {
  "lease-deadline": "the database is away and the lease could not be proved in time",
  "chain-limit": "the database is away and a conversation went as far as a recovery can follow",
  "no-second-place": "the database is away and the session could not be written to the disk",
  "new-keys": "the database is away, and the numbers of new keys must not be given out before it has them",
  abandoned: "the session was given up",
};

/** A commit was not made durable anywhere it counts: nothing that depends on it may be sent. */
export class StoreStoppedError extends Error {
  override readonly name = "StoreStoppedError";
  readonly reason: StopReason;

  constructor(reason: StopReason, cause?: unknown) {
    super(sentences[reason], { cause });
    this.reason = reason;
  }
}

/** Commits of an outage are not in the database yet, so the bot cannot be given back. */
export class StillPendingError extends Error {
  override readonly name = "StillPendingError";
}

const OUTAGE_CODES: ReadonlySet<unknown> = new Set(["database_unavailable", "database_busy"]);

/**
 * Whether an error says that the database could not be asked or did not answer; what was asked may still have been done.
 * Everything else, a refusal first of all, is final.
 */
export const isOutage = (err: unknown): boolean => err instanceof Error && "code" in err && OUTAGE_CODES.has(err.code);
