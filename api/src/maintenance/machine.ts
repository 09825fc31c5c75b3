import { resolve } from "node:path";
import { parseSettings, type Settings } from "@switchboard/core/config/parse-settings";
import { noRequest, type ServiceContext } from "@switchboard/core/context";
import { type Installation, openInstallation } from "@switchboard/host/open-installation";
import { createPasswords } from "../deps/passwords.ts";
import type { MaintenanceOutput } from "./output.ts";
import type { MaintenanceTerminal } from "./terminal.ts";

/** What a command works with: the installation on this machine, opened when first needed. */
export interface Machine {
  readonly output: MaintenanceOutput;
  readonly interrupted: AbortSignal;
  /** The settings as the product reads them. @throws SettingsError */
  settings(): Settings;
  /**
   * The installation, for verbs; the audit names the actor `system`, `maintenance`. Opened once a run and closed at its
   * end. @throws MasterKeyError, WrongMasterKeyError, and the database's errors
   */
  open(): Promise<ServiceContext>;
  /** A path from the command line, made absolute from where its user stands. */
  path(given: string): string;
  /** Has the run end with exit code 1 although nothing failed: a check found something. */
  foundProblems(): void;
  readonly hasFound: boolean;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** The machine that the terminal stands before. */
export function createMachine(terminal: MaintenanceTerminal, output: MaintenanceOutput): Machine {
  let settings: Settings | null = null;
  let opening: Promise<Installation> | null = null;
  let hasFound = false;
  const machine: Machine = {
    output,
    interrupted: terminal.interrupted,
    settings: () => {
      settings ??= parseSettings(terminal.env);
      return settings;
    },
    open: async () => {
      opening ??= openInstallation(machine.settings());
      return maintenanceContext(await opening);
    },
    path: (given) => resolve(terminal.folder, given),
    foundProblems: () => {
      hasFound = true;
    },
    get hasFound() {
      return hasFound;
    },
    close: async () => {
      const installation = await opening?.catch(() => null);
      await installation?.db.close();
    },
  };
  return machine;
}

/** The context of verbs that whoever runs the machine asks for. */
export const maintenanceContext = (installation: Installation): ServiceContext => ({
  ...installation,
  passwords: createPasswords(),
  actor: { kind: "system", name: "maintenance" },
  request: noRequest,
});
