import { SettingsError } from "@switchboard/core/config/parse-settings";
import { ServiceError } from "@switchboard/core/errors";
import { WrapBrokenError } from "@switchboard/core/services/keys-rotation/wrapped-rows";
import { WrongMasterKeyError } from "@switchboard/core/services/system/load-keyring";
import { DatabaseError } from "@switchboard/db/errors";
import { MasterKeyError } from "@switchboard/host/master-key-file";

/** What a command ends with; the numbers mean what they mean for `sb`. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** A command refused or failed, and said why in a sentence; nothing was changed unless the sentence says so. */
export class MaintenanceError extends Error {
  override readonly name = "MaintenanceError";
  /** Stable, for --json. */
  readonly code: string;
  /** What to do about it; null when the message says it. */
  readonly hint: string | null;
  readonly exitCode: number;

  constructor(code: string, message: string, hint: string | null = null, exitCode: number = exitCodes.failure) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** What is told of a failure. */
export interface MaintenanceFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Throws where a command may end when Ctrl-C was pressed. @throws MaintenanceError interrupted */
export function endIfInterrupted(interrupted: AbortSignal): void {
  if (interrupted.aborted)
    throw new MaintenanceError("interrupted", "Interrupted.", "Run the same command again to go on.", 130);
}

/** Mistakes of whoever runs the machine are told in a sentence; everything else with its stack. */
export function describeFailure(err: unknown): MaintenanceFailure {
  if (err instanceof MaintenanceError) return { code: err.code, message: err.message, hint: err.hint };
  if (err instanceof SettingsError) return { code: "settings", message: err.message, hint: null };
  if (err instanceof WrongMasterKeyError || err instanceof MasterKeyError)
    return { code: "master-key", message: err.message, hint: null };
  if (err instanceof WrapBrokenError)
    return {
      code: "damaged",
      message: err.message,
      hint: "Nothing was changed. doctor --deep says what else is damaged.",
    };
  if (err instanceof ServiceError) return { code: err.code, message: err.message, hint: null };
  if (err instanceof DatabaseError)
    return { code: "database", message: err.message, hint: "See that the database is there and migrated." };
  if (!(err instanceof Error)) return { code: "failed", message: "Something went wrong.", hint: null };
  return { code: "failed", message: err.stack ?? err.message, hint: null };
}
