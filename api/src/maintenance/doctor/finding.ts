import type { Settings } from "@switchboard/core/config/parse-settings";
import type { Keyring } from "@switchboard/core/crypto/keyring";
import type { MasterKeys } from "@switchboard/core/crypto/master-key";
import type { Database } from "@switchboard/db/types";

/** How bad it is: `error` is for what does not work or is not safe, `warning` for what will not for long. */
export type FindingLevel = "ok" | "warning" | "error";

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly level: FindingLevel;
  readonly message: string;
  /** What to do; null: nothing. */
  readonly advice: string | null;
}

/** What the checks look at. What could not be opened is null, and a finding of its own. */
export interface Patient {
  readonly settings: Settings;
  readonly db: Database | null;
  readonly masterKeys: MasterKeys | null;
  readonly keyring: Keyring | null;
  /** true: every sealed row is opened. */
  readonly isDeep: boolean;
  readonly nowMs: number;
}

/** One check; it finds something in any case. */
export type Check = (patient: Patient) => Promise<readonly Finding[]>;

/** Makes the findings of one check. */
export const findingsOf = (check: string) => ({
  ok: (message: string): Finding => ({ check, level: "ok", message, advice: null }),
  warning: (message: string, advice: string): Finding => ({ check, level: "warning", message, advice }),
  error: (message: string, advice: string): Finding => ({ check, level: "error", message, advice }),
});
