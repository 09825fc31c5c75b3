import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import { type FieldError, ServiceError } from "@switchboard/core/errors";
import { TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import { refusalOfDatabase } from "../database-refusal.ts";
import { refusalOfInput } from "../field-errors.ts";

type TrpcCode = TRPCError["code"];

/** What a client gets beside the message of a failed call. */
export interface TrpcErrorData {
  /** Stable; the same list as REST's. */
  readonly code: ErrorCode;
  /** Names the request in the logs; null when it was refused before it had one. */
  readonly requestId: string | null;
  /** The fields that are wrong; empty when the failure is not about fields. */
  readonly errors: readonly FieldError[];
  /** Members that belong to the code, for example `holder` or `retryAfterSeconds`. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** The one table from our codes to tRPC's, and by them to HTTP statuses; the compiler finds a missing code. */
export function trpcCodeOf(code: ErrorCode): TrpcCode {
  switch (code) {
    case "unreadable":
    case "idempotency-key-missing":
      return "BAD_REQUEST";
    case "unauthenticated":
      return "UNAUTHORIZED";
    case "forbidden":
    case "scope-missing":
    case "confirmation-required":
    case "address-not-allowed":
    case "recipient-key-required":
      return "FORBIDDEN";
    case "not-found":
      return "NOT_FOUND";
    case "method-not-allowed":
      return "METHOD_NOT_SUPPORTED";
    case "conflict":
    case "version-conflict":
    case "lease-held":
    case "lease-lost":
    case "stale-epoch":
    case "bot-frozen":
    case "in-progress":
    case "already-set-up":
    case "confirm-mismatch":
    case "allow-conflict":
    case "block-conflict":
    case "not-paired":
    case "already-paired":
    case "call-ended":
      return "CONFLICT";
    case "precondition-failed":
    case "final-revision-mismatch":
      return "PRECONDITION_FAILED";
    case "precondition-required":
      return "PRECONDITION_REQUIRED";
    case "too-large":
      return "PAYLOAD_TOO_LARGE";
    case "unsupported-media-type":
      return "UNSUPPORTED_MEDIA_TYPE";
    case "validation-failed":
    case "idempotency-key-reused":
      return "UNPROCESSABLE_CONTENT";
    case "rate-limited":
      return "TOO_MANY_REQUESTS";
    case "store-busy":
    case "unavailable":
      return "SERVICE_UNAVAILABLE";
    case "internal":
      return "INTERNAL_SERVER_ERROR";
  }
}

/** The refusal behind a failed call; null when nobody refused anything: a defect, or a part that broke. */
export function refusalOf(err: unknown): ServiceError | null {
  if (err instanceof ServiceError) return err;
  if (!(err instanceof TRPCError)) return refusalOfDatabase(err);
  if (err.cause instanceof ServiceError) return err.cause;
  if (err.cause instanceof ZodError && err.code === "BAD_REQUEST") return refusalOfInput(err.cause);
  return refusalOfTrpc(err) ?? refusalOfDatabase(err.cause);
}

/** What is thrown on towards tRPC: our code as tRPC's, and the refusal itself as the cause. */
export function toTrpcError(err: unknown): TRPCError {
  const refusal = refusalOf(err);
  if (refusal) return new TRPCError({ code: trpcCodeOf(refusal.code), message: refusal.message, cause: refusal });
  return err instanceof TRPCError ? err : new TRPCError({ code: "INTERNAL_SERVER_ERROR", cause: err });
}

/** The sentence and the data a client is shown. What nobody refused on purpose is told in general words only. */
export function describeError(err: unknown, requestId: string | null): { message: string; data: TrpcErrorData } {
  const refusal = refusalOf(err);
  if (!refusal)
    return {
      message: "Something went wrong here. The server's log has the details under the request id.",
      data: { code: "internal", requestId, errors: [], extra: {} },
    };
  const { errors = [], extra = {}, retryAfterSeconds } = refusal.details;
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { message: refusal.message, data: { code: refusal.code, requestId, errors, extra: { ...extra, ...wait } } };
}

/** Refusals tRPC itself makes before a procedure runs. */
function refusalOfTrpc(err: TRPCError): ServiceError | null {
  switch (err.code) {
    case "PARSE_ERROR":
    case "BAD_REQUEST":
      return unreadable();
    case "NOT_FOUND":
      return noSuchProcedure();
    case "METHOD_NOT_SUPPORTED":
      return new ServiceError("method-not-allowed", "Queries are read with GET, mutations sent with POST.");
    case "UNSUPPORTED_MEDIA_TYPE":
      return unsupportedMediaType();
    default:
      return null;
  }
}

/** Nothing is called this, or it is spelled in a way that is not served. */
export const noSuchProcedure = () => new ServiceError("not-found", "There is no procedure of this name.");

/** Inputs are JSON: forms and bytes are what other sites can make a browser send. */
export const unsupportedMediaType = () =>
  new ServiceError("unsupported-media-type", "Send the input as application/json.");

const unreadable = () => new ServiceError("unreadable", "The request cannot be read.");
