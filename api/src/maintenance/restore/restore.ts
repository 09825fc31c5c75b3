import { randomBytes } from "node:crypto";
import { chmod, copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Settings } from "@switchboard/core/config/parse-settings";
import { listWrapped, openWrapped } from "@switchboard/core/services/keys-rotation/wrapped-rows";
import { migrateDatabase } from "@switchboard/db/migrate";
import { openInstallation } from "@switchboard/host/open-installation";
import { syncFile } from "@switchboard/host/sync-files";
import { backupFiles, hashFile, isManifestGenuine, readManifest, type SignedManifest } from "../backup/manifest.ts";
import { findDatabaseProblems } from "../database/check-database.ts";
import { databaseFileOf, fileAddress, foldLogAndClose, openFile } from "../database/database-file.ts";
import { MaintenanceError } from "../failures.ts";
import { type Machine, maintenanceContext } from "../machine.ts";
import { findKeysOfBackup, keepKey } from "./keys-of-backup.ts";
import { type PresentDatabase, readPresent } from "./present-database.ts";
import { putInPlace, type SetAside } from "./put-in-place.ts";
import { type Recovery, recoverEverything } from "./recover-everything.ts";

/** What a backup is put back with. */
export interface RestoreOptions {
  /** Absolute path of the backup. */
  readonly folder: string;
  /** true: a database that is there is replaced, and kept aside. */
  readonly mayReplace: boolean;
  /** true: whether the product runs is not looked at. */
  readonly mayRun: boolean;
  /** Absolute path of the backup's master key; null: it is on this machine or in the backup. */
  readonly keyFile: string | null;
}

/** What was done. */
export interface RestoreResult extends Recovery {
  readonly manifest: SignedManifest;
  /** Migrations that brought the copy to this version. */
  readonly migrations: readonly string[];
  readonly aside: SetAside;
}

/**
 * Puts a backup in the place of the database file. All is prepared and checked in a file of its own first; the present
 * database is replaced in one step at the end. @throws MaintenanceError; then nothing was changed but, at the most, that a
 * master key which was brought along is on this machine
 */
export async function restoreBackup(machine: Machine, options: RestoreOptions): Promise<RestoreResult> {
  const settings = machine.settings();
  const file = databaseFileOf(settings.derived.databaseUrl);
  if (file === null) throw isServer();
  const manifest = await readManifest(options.folder);
  const present = await readPresent(settings, file);
  refuse(options, present, file);
  const key = await findKeysOfBackup(settings, options.folder, manifest, options.keyFile);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.restoring-${randomBytes(6).toString("hex")}`;
  try {
    await copyChecked(machine, join(options.folder, backupFiles.database), draft, manifest);
    const migrations = await migrateCopy(draft);
    await keepKey(key);
    const recovery = await recoverCopy(machine, draft, manifest, present);
    await seal(draft);
    const mark = new Date().toISOString().replaceAll(/[:.]/g, "-");
    const aside = await putInPlace(draft, file, settings.DATA_DIR, mark);
    return { ...recovery, manifest, migrations, aside };
  } finally {
    for (const end of ["", "-wal", "-shm"]) await rm(`${draft}${end}`, { force: true });
  }
}

function refuse({ mayReplace, mayRun }: RestoreOptions, present: PresentDatabase, file: string): void {
  const { isThere, signsOfLife } = present;
  if (signsOfLife.length > 0 && !mayRun)
    throw new MaintenanceError(
      "running",
      `The product runs: ${signsOfLife.join("; ")}.`,
      "Stop it first. A worker that was killed counts as silent after 90 s. To go on in spite of it: --even-if-running.",
    );
  if (isThere && !mayReplace)
    throw new MaintenanceError(
      "exists",
      `There is a database at ${file}.`,
      "With --force it is replaced, and kept aside. Nothing was changed.",
    );
}

async function copyChecked(machine: Machine, source: string, draft: string, manifest: SignedManifest): Promise<void> {
  machine.output.progress("Checking the backup");
  await copyFile(source, draft).catch(() => {
    throw new MaintenanceError("no-backup", `The database of the backup cannot be read: ${source}.`);
  });
  await chmod(draft, 0o600);
  // Of the copy, so that what is put in place is what was checked.
  const isSame =
    (await stat(draft)).size === manifest.database.sizeBytes && (await hashFile(draft)) === manifest.database.sha256;
  if (!isSame) throw new MaintenanceError("damaged", "The database of the backup is not the one its manifest names.");
  await requireSound(draft, "The backup");
}

async function requireSound(path: string, what: string): Promise<void> {
  const client = openFile(path);
  try {
    const problems = await findDatabaseProblems(client);
    if (problems.length > 0) throw new MaintenanceError("damaged", `${what} is damaged: ${problems.join("; ")}.`);
  } finally {
    client.close();
  }
}

async function migrateCopy(draft: string): Promise<readonly string[]> {
  try {
    return await migrateDatabase(fileAddress(draft));
  } catch (err) {
    const reason = err instanceof Error ? err.message : "unknown";
    throw new MaintenanceError("migration", `The backup cannot be brought to this version: ${reason}.`);
  }
}

async function recoverCopy(machine: Machine, draft: string, manifest: SignedManifest, present: PresentDatabase) {
  const settings = machine.settings();
  const derived = { ...settings.derived, databaseUrl: fileAddress(draft) };
  const ofCopy: Settings = { ...settings, derived };
  const installation = await openInstallation(ofCopy);
  try {
    const { auditKeys, master } = installation.keyring;
    if (!(await isManifestGenuine(auditKeys, manifest)))
      throw new MaintenanceError("damaged", "The manifest was changed after the backup was made.");
    for (const row of await listWrapped(installation.db.reader)) await openWrapped(master, row);
    const { knownEpoch, auditSequence: replacedAuditSequence } = present;
    const restored = { madeAt: manifest.madeAt, knownEpoch, replacedAuditSequence };
    return await recoverEverything(machine, maintenanceContext(installation), restored);
  } finally {
    await installation.db.close();
  }
}

/** One durable file without a log. */
async function seal(draft: string): Promise<void> {
  await requireSound(draft, "The restored database");
  await foldLogAndClose(openFile(draft));
  await syncFile(draft);
}

const isServer = () =>
  new MaintenanceError(
    "server",
    "The database is on a server: put its copy back with the server's own means.",
    "Stop every process first. Then run: restore --in-place. It ends the leases, tokens and answers of the time that is lost.",
  );
