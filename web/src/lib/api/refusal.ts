import { TRPCClientError } from "@trpc/client";

/** One field of a form that was refused; `path` is dotted, as in `autoReply.text`. */
export interface FieldRefusal {
  readonly path: string;
  readonly message: string;
}

/** Why a call to the api failed, in words for people. */
export interface Refusal {
  /** Of the api's closed list; `away` when no answer came. */
  readonly code: string;
  readonly message: string;
  /** Empty when the failure is not about fields. */
  readonly fields: readonly FieldRefusal[];
  /** Members that belong to the code, such as `holder` or `retryAfterSeconds`. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** Stands in the api's log; null when it had none. */
  readonly requestId: string | null;
}

const AWAY: Refusal = {
  code: "away",
  message: "Switchboard does not answer. It may be restarting; try again in a moment.",
  fields: [],
  extra: {},
  requestId: null,
};

/** Reads what a call failed with. What is no answer of the api counts as `away`. */
export function readRefusal(err: unknown): Refusal {
  if (!(err instanceof TRPCClientError) || !isRecord(err.data) || typeof err.data.code !== "string") return AWAY;
  const { code, requestId, errors, extra } = err.data;
  return {
    code,
    message: err.message,
    fields: Array.isArray(errors) ? errors.filter(isField) : [],
    extra: isRecord(extra) ? extra : {},
    requestId: typeof requestId === "string" ? requestId : null,
  };
}

/** Asking again may help: the api is away or busy, or asks to slow down. */
export const isPassing = (err: unknown): boolean =>
  ["away", "unavailable", "store-busy", "rate-limited"].includes(readRefusal(err).code);

const isField = (value: unknown): value is FieldRefusal =>
  isRecord(value) && typeof value.path === "string" && typeof value.message === "string";

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
