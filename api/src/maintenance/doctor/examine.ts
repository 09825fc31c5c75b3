import { stat } from "node:fs/promises";
import type { Settings } from "@switchboard/core/config/parse-settings";
import { hasSealedData, loadKeyring } from "@switchboard/core/services/system/load-keyring";
import { systemClock } from "@switchboard/host/clock";
import { openInstallationDatabase, openInstallationKeys } from "@switchboard/host/open-installation";
import { databaseFileOf } from "../database/database-file.ts";
import { checkLeases, checkWorkers } from "./check-custody.ts";
import { checkBackups, checkClock, checkIntegrity, checkMigrations } from "./check-database.ts";
import { checkDataKeys, checkMasterKey } from "./check-keys.ts";
import { checkDisk, checkFormerKeys, checkModes, checkSettings } from "./check-machine.ts";
import { checkRecords } from "./check-records.ts";
import { checkKeptSessions, checkLeftSessions } from "./check-sessions.ts";
import { type Check, type Finding, findingsOf, type Patient } from "./finding.ts";

const checks: readonly (readonly [string, Check])[] = [
  ["settings", checkSettings],
  ["database", checkIntegrity],
  ["migrations", checkMigrations],
  ["master key", checkMasterKey],
  ["former keys", checkFormerKeys],
  ["data keys", checkDataKeys],
  ["sealed records", checkRecords],
  ["leases", checkLeases],
  ["workers", checkWorkers],
  ["kept journals", checkKeptSessions],
  ["journals left", checkLeftSessions],
  ["clock", checkClock],
  ["disk", checkDisk],
  ["file modes", checkModes],
  ["backups", checkBackups],
];

/** Looks at everything, and changes nothing. A check that itself fails is an error among the findings. */
export async function examine(
  settings: Settings,
  isDeep: boolean,
  onCheck: (name: string) => void = () => undefined,
): Promise<readonly Finding[]> {
  const patient = await open(settings, isDeep);
  try {
    const findings: Finding[] = [];
    for (const [name, check] of checks) {
      onCheck(name);
      findings.push(...(await check(patient).catch((err: unknown) => [failed(name, err)])));
    }
    return findings;
  } finally {
    await patient.db?.close();
  }
}

/** Opens what can be opened. A database that is not there, and a key that is not there, are not made. */
async function open(settings: Settings, isDeep: boolean): Promise<Patient> {
  const file = databaseFileOf(settings.derived.databaseUrl);
  const isThere = file === null || (await stat(file).catch(() => null)) !== null;
  const db = isThere ? await openInstallationDatabase(settings).catch(() => null) : null;
  const isSealed = db !== null && (await hasSealedData(db).catch(() => false));
  const masterKeys = isSealed ? await openInstallationKeys(settings, db).catch(() => null) : null;
  const keyring =
    isSealed && masterKeys !== null ? await loadKeyring(db, masterKeys, systemClock).catch(() => null) : null;
  return { settings, db, masterKeys, keyring, isDeep, nowMs: systemClock.nowMs() };
}

const failed = (name: string, err: unknown): Finding =>
  findingsOf(name).error(
    `the check failed: ${err instanceof Error ? err.message : "unknown"}`,
    "See the other findings first.",
  );
