import { randomBytes } from "node:crypto";
import { chmod, mkdir, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemClock } from "@switchboard/host/clock";
import { createKeyFile } from "@switchboard/host/key-files";
import { syncFile, syncFolder } from "@switchboard/host/sync-files";
import manifest from "../../../package.json" with { type: "json" };
import { findDatabaseProblems } from "../database/check-database.ts";
import { copyDatabase } from "../database/copy-database.ts";
import { databaseFileOf, openFile } from "../database/database-file.ts";
import { endIfInterrupted, MaintenanceError } from "../failures.ts";
import type { Machine } from "../machine.ts";
import { type BackupManifest, backupFiles, describeCopy, hashFile, signManifest } from "./manifest.ts";

/** What a backup is made with. */
export interface BackupOptions {
  /** Absolute path of a folder that is not there yet. */
  readonly folder: string;
  /** The master key's text, to be put beside the database; null: it is not. */
  readonly masterKeyText: string | null;
}

/**
 * Makes a backup while the product runs: the database as it is at one moment, checked, and a manifest. The folder appears
 * when all of it is durable, or not at all; an existing one is never touched.
 * @throws MaintenanceError
 */
export async function makeBackup(machine: Machine, { folder, masterKeyText }: BackupOptions): Promise<BackupManifest> {
  if (await isThere(folder))
    throw new MaintenanceError(
      "exists",
      `${folder} is there already, and a backup overwrites nothing. Name another folder.`,
    );
  await mkdir(dirname(folder), { recursive: true });
  await requireSpace(machine, dirname(folder));
  const draft = `${folder}.partial-${randomBytes(6).toString("hex")}`;
  await mkdir(draft, { mode: 0o700 });
  try {
    const made = await fill(machine, draft, masterKeyText);
    endIfInterrupted(machine.interrupted);
    if (await isThere(folder)) throw new MaintenanceError("exists", `${folder} appeared meanwhile. Nothing was made.`);
    await rename(draft, folder);
    await syncFolder(dirname(folder));
    return made;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fill(machine: Machine, draft: string, masterKeyText: string | null): Promise<BackupManifest> {
  const { output } = machine;
  const path = join(draft, backupFiles.database);
  const madeAt = new Date(systemClock.nowMs()).toISOString();
  output.progress("Copying the database");
  const source = await copyDatabase(machine.settings(), path, (text) => output.progress(`  ${text}`));
  await chmod(path, 0o600);
  output.progress("Checking the copy");
  const about = await checkCopy(path);
  if (masterKeyText !== null) {
    if (about.masterKeyIds.length > 1)
      throw new MaintenanceError(
        "rotation-under-way",
        "A rotation of the master key is under way, and the copy needs both keys. Finish it first: rotate master-key.",
      );
    await createKeyFile(join(draft, backupFiles.masterKey), masterKeyText.trim());
  }
  await syncFile(path);
  const database = { sizeBytes: (await stat(path)).size, sha256: await hashFile(path) };
  const { version } = manifest;
  const head = { format: 1, product: "switchboard", version, madeAt, source, database } as const;
  const made: BackupManifest = { ...head, ...about, isMasterKeyIncluded: masterKeyText !== null };
  const manifestPath = join(draft, backupFiles.manifest);
  const signed = await signManifest((await machine.open()).keyring.auditKeys[0], made);
  await writeFile(manifestPath, `${JSON.stringify(signed, null, 2)}\n`, { mode: 0o600 });
  await syncFile(manifestPath);
  await syncFolder(draft);
  return made;
}

async function checkCopy(path: string) {
  const copy = openFile(path);
  try {
    const problems = await findDatabaseProblems(copy);
    if (problems.length > 0)
      throw new MaintenanceError(
        "damaged",
        `The copy is damaged, and so is the database: ${problems.join("; ")}.`,
        "Run doctor.",
      );
    return await describeCopy(copy);
  } finally {
    copy.close();
  }
}

/** A copy needs as much room as the database has, and a little more. */
async function requireSpace(machine: Machine, folder: string): Promise<void> {
  const file = databaseFileOf(machine.settings().derived.databaseUrl);
  if (file === null) return;
  const { size } = await stat(file);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < size * 1.1)
    throw new MaintenanceError("no-space", `There is no room for a copy of ${Math.ceil(size / 1e6)} MB in ${folder}.`);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
