import { describeFailure } from "../failure.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** What is said of a failure, and what the process ends with. */
export interface FailureReport {
  /** The api's code, or one of ours: `usage`, `not-signed-in`, `not-found`, `unreachable`, `failed`. */
  readonly code: string;
  readonly message: string;
  /** What to do about it; null when the message says it. */
  readonly hint: string | null;
  readonly requestId: string | null;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly exitCode: ExitCode;
}

/** A failure that `sb` itself noticed. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | null;

  constructor(code: string, exitCode: ExitCode, message: string, hint: string | null = null) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** The command line is wrong. */
export const usageError = (message: string, hint: string | null = null) =>
  new CliError("usage", exitCodes.usage, message, hint);

/** Nothing has this name. */
export const notFoundError = (message: string, hint: string | null = null) =>
  new CliError("not-found", exitCodes.notFound, message, hint);

/** What was asked for did not come about. */
export const failedError = (message: string, hint: string | null = null) =>
  new CliError("failed", exitCodes.failure, message, hint);

/** Groups of the procedures' inputs that a command line does not have. */
const INPUT_GROUP = /^(changes|settings|pairing)\./;

/** The same command may work later. */
const PASSING_CODES = new Set(["rate-limited", "store-busy", "unavailable", "in-progress"]);

/** Ctrl-C. */
export const interruptedError = () => new CliError("interrupted", exitCodes.interrupted, "Interrupted.");

/** What to say of anything that was thrown; `url` is where the api was looked for. */
export function reportFailure(err: unknown, url: string): FailureReport {
  const nothing = { hint: null, requestId: null, errors: [] };
  if (err instanceof CliError) {
    const { code, message, hint, exitCode } = err;
    return { ...nothing, code, message, hint, exitCode };
  }
  const failure = describeFailure(err);
  switch (failure?.kind) {
    case "refused": {
      const { code, message, requestId, extra } = failure;
      const errors = failure.errors.map((error) => ({ ...error, path: error.path.replace(INPUT_GROUP, "") }));
      return { code, message, hint: hintFor(code, extra), requestId, errors, exitCode: exitCodeOf(code) };
    }
    case "unreachable": {
      const message = `Nothing answers as Switchboard's api at ${url} (${failure.message}).`;
      const hint = "Start it with `npm start`, or name another address with --url or SB_URL.";
      return { ...nothing, code: "unreachable", message, hint, exitCode: exitCodes.unreachable };
    }
    case "aborted":
      return { ...nothing, code: "interrupted", message: "Interrupted.", exitCode: exitCodes.interrupted };
    case undefined: {
      const message = err instanceof Error ? err.message : "Something went wrong.";
      return { ...nothing, code: "failed", message, exitCode: exitCodes.failure };
    }
  }
}

function exitCodeOf(code: string): ExitCode {
  if (code === "unauthenticated") return exitCodes.notSignedIn;
  if (code === "not-found") return exitCodes.notFound;
  if (PASSING_CODES.has(code)) return exitCodes.again;
  return code === "validation-failed" || code === "unreadable" ? exitCodes.usage : exitCodes.failure;
}

function hintFor(code: string, extra: Readonly<Record<string, unknown>>): string | null {
  if (code === "unauthenticated") return "Sign in with `sb login`.";
  if (code === "confirmation-required")
    return "Repeat it on a terminal, or with --password-stdin; or run `sb password confirm` first.";
  if (code === "forbidden" || code === "scope-missing") return "Your role does not allow it; `sb whoami` shows it.";
  if (code === "version-conflict") return "Somebody changed it meanwhile. Look again, and repeat what still applies.";
  if (code === "already-paired") return "Unlink it first with `sb bots logout <bot>`.";
  if (code === "not-paired") return "Link it first with `sb pair <bot>`.";
  const { retryAfterSeconds } = extra;
  return typeof retryAfterSeconds === "number" ? `Try again in ${retryAfterSeconds} s.` : null;
}
