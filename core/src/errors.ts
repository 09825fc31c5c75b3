import type { Actor } from "./context.ts";
import type { ErrorCode } from "./domain/vocabulary.ts";

/** One thing wrong with the input; `path` is dotted, empty for the whole body. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** What a ServiceError carries beside its code; everything here may be shown to the caller. */
export interface ErrorDetails {
  readonly errors?: readonly FieldError[];
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds?: number;
  /** Extra members of the problem document, for example the present holder. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** What the audit is told of a refusal and the caller is not. */
export interface RefusalNote {
  /** Whom the credential belongs to that was not accepted: its secret was right. */
  readonly actor?: Actor;
  /** true: the verb that refused wrote a row of its own. */
  readonly isAudited?: boolean;
}

/**
 * A refusal or failure with a stable code. `message` is public: it says what is wrong and what to do, and holds no
 * secret. Transports map `code` to a status in one table and never look at `message`.
 */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** Never shown to the caller. */
  readonly note: RefusalNote;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, note: RefusalNote = {}) {
    super(message);
    this.code = code;
    this.details = details;
    this.note = note;
  }
}

/** The answer for missing, foreign and malformed alike: the caller learns nothing about which it was. */
export const notFound = () => new ServiceError("not-found", "There is no such thing here.");

/** A 422 for one field. */
export const invalid = (path: string, message: string) =>
  new ServiceError("validation-failed", "The request is readable but not valid.", { errors: [{ path, message }] });
