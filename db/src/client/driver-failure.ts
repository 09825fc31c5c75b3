import type { LibsqlError } from "@libsql/client";
import {
  ConstraintError,
  DatabaseBusyError,
  type DatabaseError,
  DatabaseUnavailableError,
  QueryFailedError,
  type WriteOutcome,
} from "./errors.ts";
import { readConstraint } from "./read-constraint.ts";

/**
 * What a failure of the driver means.
 *
 * `busy`: another connection holds the lock. `lost`: the connection, or the open transaction on it, is gone.
 * `unstorable`: the disk or the server refuses to store. `constraint`, `refused`: the statement's own fault.
 */
export type FailureKind = "busy" | "lost" | "unstorable" | "constraint" | "refused";

/** A failure of the driver, already stripped of statements, values and addresses. */
export interface DriverFailure {
  readonly kind: FailureKind;
  /** The driver's code: SQLITE_BUSY, HTTP_503, ECONNREFUSED. */
  readonly reason: string;
  /** True when the request certainly never reached the database, or was certainly rolled back by it. */
  readonly isCertainlyNotApplied: boolean;
  /** What the caller gets to see; `outcome` is what is known of the write that was being made. */
  toError(outcome: WriteOutcome): DatabaseError;
}

/** A server's answer never came within SERVER_ANSWER_MS. */
export class AnswerTimeout extends Error {}

/** There is no such file and it cannot be made, or the client cannot read the address. */
export class CannotOpen extends Error {}

/** The database was closed by its owner. */
export class ConnectionClosed extends Error {}

const UNSTORABLE = new Set(["FULL", "IOERR", "CANTOPEN", "PROTOCOL", "NOMEM"].map((name) => `SQLITE_${name}`));
const BUSY = new Set(["SQLITE_BUSY", "SQLITE_LOCKED", "TRANSACTION_BUSY"]);
const LOST = new Set(["TRANSACTION_TIMEOUT", "STREAM_EXPIRED", "CLIENT_CLOSED"]);
/** Codes that the client makes up itself when no answer came, or none it could read. */
const UNANSWERED = /^(?:HRANA_.*|SERVER_ERROR|INTERNAL_ERROR|PROTOCOL_VERSION_ERROR|UNKNOWN)$/;
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Reads an error that a libSQL client threw; null when it is not the driver's but a wrong argument of our own code. */
export function readDriverFailure(err: unknown): DriverFailure | null {
  if (isLibsqlError(err)) return readLibsqlError(err);
  if (err instanceof AnswerTimeout) return lost("ANSWER_TIMEOUT", false);
  if (err instanceof CannotOpen) return unavailable("unstorable", "CANNOT_OPEN", true);
  if (err instanceof ConnectionClosed) return unavailable("unstorable", "CLOSED", true);
  // fetch rejects with a TypeError that has a cause; a TypeError of the argument checks has none
  if (err instanceof TypeError && err.cause instanceof Error) return lostOnTheWay(err.cause);
  return null;
}

function readLibsqlError(err: LibsqlError): DriverFailure {
  const status = httpStatus(err.cause);
  if (status !== null) return readHttpStatus(status);
  if (BUSY.has(err.code)) {
    return { kind: "busy", reason: err.code, isCertainlyNotApplied: true, toError: () => new DatabaseBusyError() };
  }
  if (err.code === "SQLITE_CONSTRAINT") {
    const violation = readConstraint(err.message);
    return {
      kind: "constraint",
      reason: err.code,
      isCertainlyNotApplied: true,
      toError: () => new ConstraintError(violation),
    };
  }
  if (LOST.has(err.code)) return lost(err.code, true);
  // SQLite itself rolled back (disk full, RAISE(ROLLBACK)); the same statements would end the same way
  if (err.code === "TRANSACTION_CLOSED") return unavailable("unstorable", err.code, true);
  // an fsync that failed may still have reached the disk
  if (UNSTORABLE.has(err.code)) return unavailable("unstorable", err.code, err.code !== "SQLITE_IOERR");
  if (err.code.startsWith("AUTH_")) return unavailable("refused", err.code, true);
  if (!UNANSWERED.test(err.code)) return refused(err.code, err.message);
  // the WebSocket client gives only node's sentence; not to recognise it means "unknown", which is always safe
  const neverSent = /\bconnect (E[A-Z]+)\b/.exec(err.message)?.[1];
  return lost(neverSent ?? err.code, neverSent !== undefined && NEVER_SENT.has(neverSent));
}

function readHttpStatus(status: number): DriverFailure {
  if (status === 401 || status === 403) return unavailable("refused", `HTTP_${status}`, true);
  // 4xx: the server has forgotten the open stream and its transaction (it restarted), or turned the request away
  return lost(`HTTP_${status}`, status < 500);
}

function lostOnTheWay(cause: Error): DriverFailure {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "CONNECTION_LOST";
  return lost(code, NEVER_SENT.has(code));
}

function lost(reason: string, isCertainlyNotApplied: boolean): DriverFailure {
  return unavailable("lost", reason, isCertainlyNotApplied);
}

function unavailable(kind: FailureKind, reason: string, isCertainlyNotApplied: boolean): DriverFailure {
  const toError = (outcome: WriteOutcome) => new DatabaseUnavailableError(reason, outcome);
  return { kind, reason, isCertainlyNotApplied, toError };
}

function refused(reason: string, message: string): DriverFailure {
  const toError = () => new QueryFailedError(reason, harmlessDetail(message));
  return { kind: "refused", reason, isCertainlyNotApplied: true, toError };
}

const HARMLESS = [
  /no such (?:table|column|index|function|trigger): [\w.]+/,
  /table \w+ has no column named \w+/,
  /table \w+ already exists/,
  /attempt to write a readonly database/,
  /near "\w+": syntax error/,
];

/** SQLite repeats values in some messages (`bad JSON path: '...'`), so only messages made of schema names pass. */
function harmlessDetail(message: string): string | null {
  for (const pattern of HARMLESS) {
    const found = pattern.exec(message);
    if (found !== null) return found[0];
  }
  return null;
}

function httpStatus(cause: unknown): number | null {
  if (!(cause instanceof Error) || !("status" in cause)) return null;
  return typeof cause.status === "number" ? cause.status : null;
}

/** By name, so that this module imports no client and serves the node and the web client alike. */
function isLibsqlError(err: unknown): err is LibsqlError {
  return err instanceof Error && /^Libsql(?:Batch)?Error$/.test(err.name) && "code" in err;
}
