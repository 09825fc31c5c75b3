import { ServiceError } from "@switchboard/core/errors";

/**
 * What callers are told when the database was busy or away; null for every other error. By its stable code: only the
 * composition of the process imports the database.
 */
export function refusalOfDatabase(err: unknown): ServiceError | null {
  if (!(err instanceof Error) || !("code" in err)) return null;
  if (err.code === "database_busy")
    return new ServiceError("store-busy", "The database is busy and nothing was changed. Try again.", {
      retryAfterSeconds: 1,
    });
  if (err.code !== "database_unavailable") return null;
  const isUnknown = "outcome" in err && err.outcome === "unknown";
  const doubt = isUnknown ? " The outcome of your change is unknown: look before you repeat it." : "";
  return new ServiceError("unavailable", `The database cannot be reached.${doubt}`, { retryAfterSeconds: 5 });
}
