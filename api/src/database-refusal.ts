import { ServiceError } from "@switchboard/core/errors";

/**
 * What callers are told when the database was busy or away, or a rule of the schema kept a change out that was right when it
 * was checked: somebody else was faster. null for every other error. By its stable code: only the composition of the
 * process imports the database.
 */
export function refusalOfDatabase(err: unknown): ServiceError | null {
  if (!(err instanceof Error) || !("code" in err)) return null;
  if (err.code === "database_busy")
    return new ServiceError("store-busy", "The database is busy and nothing was changed. Try again.", {
      retryAfterSeconds: 1,
    });
  if (err.code === "database_constraint" && "kind" in err) return refusalOfConstraint(err.kind);
  if (err.code !== "database_unavailable") return null;
  const isUnknown = "outcome" in err && err.outcome === "unknown";
  const doubt = isUnknown ? " The outcome of your change is unknown: look before you repeat it." : "";
  return new ServiceError("unavailable", `The database cannot be reached.${doubt}`, { retryAfterSeconds: 5 });
}

/** A check or a missing value is a defect of ours, since input was validated; the rest is a race that was lost. */
function refusalOfConstraint(kind: unknown): ServiceError | null {
  if (kind !== "unique" && kind !== "foreign_key") return null;
  return new ServiceError(
    "conflict",
    "Somebody else changed this at the same time. Read it again and repeat the call.",
  );
}
