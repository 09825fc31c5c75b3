import type { AppRouter } from "@switchboard/api";
import { TRPCClientError } from "@trpc/client";

/** The `data` of an error the api answered with. */
type ErrorData = NonNullable<TRPCClientError<AppRouter>["data"]>;

/** Why a call failed. */
export type ClientFailure =
  | {
      /** The api answered, and the answer was no. */
      readonly kind: "refused";
      /** Stable: decide by this, never by `message`. */
      readonly code: ErrorData["code"];
      /** For people. */
      readonly message: string;
      /** Names the request in the server's log. */
      readonly requestId: string | null;
      /** The fields that are wrong; empty when the failure is not about fields. */
      readonly errors: ErrorData["errors"];
      /** What belongs to the code, for example `holder` or `retryAfterSeconds`. */
      readonly extra: ErrorData["extra"];
    }
  /** No answer of the api came: it is not running, or something else answered. Whether the call was done is not known. */
  | { readonly kind: "unreachable"; readonly message: string }
  /** The caller ended the call. */
  | { readonly kind: "aborted" };

/** What a rejected call means; null for an error that no call of the client makes. Never throws. */
export function describeFailure(err: unknown): ClientFailure | null {
  if (!isClientError(err)) return null;
  if (isAbort(err)) return { kind: "aborted" };
  const { data } = err;
  if (!data || typeof data.code !== "string") return { kind: "unreachable", message: reasonOf(err) };
  const { code, requestId, errors, extra } = data;
  return { kind: "refused", code, message: err.message, requestId, errors, extra };
}

const isClientError = (err: unknown): err is TRPCClientError<AppRouter> => err instanceof TRPCClientError;

const isAbort = (err: TRPCClientError<AppRouter>): boolean =>
  err.name === "AbortError" || (err.cause instanceof Error && err.cause.name === "AbortError");

/** fetch hides the reason ("connect ECONNREFUSED") in the cause of its error. */
function reasonOf(err: unknown): string {
  let reason = err;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (reason instanceof AggregateError && reason.errors[0] instanceof Error) return reason.errors[0].message;
  if (reason instanceof Error && reason.name === "TimeoutError") return "no answer in time";
  return reason instanceof Error ? reason.message : "unknown reason";
}
