import { join } from "node:path";
import type { Settings } from "@switchboard/core/config/parse-settings";
import type { MasterKey } from "@switchboard/core/crypto/master-key";
import { createKeyFile, PREVIOUS_SUFFIX, readKeyFile } from "@switchboard/host/key-files";
import { decodeMasterKey, masterKeyFileOf, readMasterKeysBeside } from "@switchboard/host/master-key-file";
import { backupFiles, type SignedManifest } from "../backup/manifest.ts";
import { MaintenanceError } from "../failures.ts";

/** A key that this machine is to keep, and the file it goes to. */
interface KeyToKeep {
  readonly text: string;
  readonly file: string;
}

/** What has to be written before the installation can be opened with the backup's keys; null: nothing. */
export type KeysOfBackup = KeyToKeep | null;

/**
 * Finds the master keys that a backup needs: on this machine, in `keyFile`, or in the backup itself. Writes nothing.
 * @throws MaintenanceError when one is missing: nothing of the backup could be opened without it
 */
export async function findKeysOfBackup(
  settings: Settings,
  folder: string,
  manifest: SignedManifest,
  keyFile: string | null,
): Promise<KeysOfBackup> {
  const here = await keysOfMachine(settings);
  const missing = manifest.masterKeyIds.filter((id) => !here.some((key) => key.id === id));
  const [id, ...others] = missing;
  if (id === undefined) return null;
  const brought = await readBrought(folder, manifest, keyFile);
  if (brought === null || brought.key.id !== id || others.length > 0) throw keyMissing(missing, here, brought?.key);
  const file = keyPlace(settings);
  if (file === null) throw keyInEnvironment(id);
  // A machine without a key gets it as its own; beside another key it opens what is under it, until that is wrapped again.
  return { text: brought.text, file: here.length === 0 ? file : `${file}${PREVIOUS_SUFFIX}-${id}` };
}

/** Writes the key; a file that is there is not touched. */
export async function keepKey(key: KeysOfBackup): Promise<void> {
  if (key !== null) await createKeyFile(key.file, key.text);
}

const keyPlace = ({ MASTER_KEY: value, MASTER_KEY_FILE: file, DATA_DIR: dataDir }: Settings): string | null =>
  masterKeyFileOf({ value, file, dataDir });

async function keysOfMachine(settings: Settings): Promise<readonly MasterKey[]> {
  const { MASTER_KEY: value, MASTER_KEY_PREVIOUS: previous } = settings;
  const file = keyPlace(settings);
  return [
    ...(value === null ? [] : [await decodeMasterKey(value, "MASTER_KEY")]),
    ...(previous === null ? [] : [await decodeMasterKey(previous, "MASTER_KEY_PREVIOUS")]),
    ...(file === null ? [] : await readMasterKeysBeside(file)),
  ];
}

async function readBrought(folder: string, manifest: SignedManifest, keyFile: string | null) {
  const path = keyFile ?? (manifest.isMasterKeyIncluded ? join(folder, backupFiles.masterKey) : null);
  if (path === null) return null;
  const text = await readKeyFile(path).catch(() => null);
  if (text === null) throw new MaintenanceError("master-key", `The master key file ${path} cannot be read.`);
  return { text: text.trim(), key: await decodeMasterKey(text, path) };
}

function keyMissing(missing: readonly string[], here: readonly MasterKey[], brought: MasterKey | undefined) {
  const known = [...new Set([...here, ...(brought ? [brought] : [])].map(({ id }) => id))];
  return new MaintenanceError(
    "master-key",
    `The backup needs the master key ${missing.join(" and ")}, and ${known.length === 0 ? "there is none here" : `here is only ${known.join(" and ")}`}.`,
    "Bring it with --key-file <file>. Without it nothing in the backup can be opened. Nothing was changed.",
  );
}

const keyInEnvironment = (id: string) =>
  new MaintenanceError(
    "master-key",
    `The backup needs the master key ${id}, and this machine has its key in the environment.`,
    "Put it into MASTER_KEY_PREVIOUS, or into MASTER_KEY. Nothing was changed.",
  );
