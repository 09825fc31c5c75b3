import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fromBase64Url } from "@switchboard/core/crypto/bytes";
import {
  MASTER_KEY_BYTES,
  type MasterKey,
  type MasterKeys,
  masterKeySet,
  openMasterKey,
  WrongMasterKeyError,
} from "@switchboard/core/crypto/master-key";
import { createKeyFile, PREVIOUS_SUFFIX, readKeyFile } from "./key-files.ts";

/** The master key is missing or unusable; the message is a sentence that names the file and what to do. */
export class MasterKeyError extends Error {
  override readonly name = "MasterKeyError";
}

/** Where the key may come from, as the settings say, and whether the database already needs one. */
export interface MasterKeySource {
  readonly value: string | null;
  /** MASTER_KEY_PREVIOUS: opens what was wrapped before a rotation. */
  readonly previousValue: string | null;
  readonly file: string | null;
  readonly dataDir: string;
  /** true: the database file is this installation's own, so a first key may be made. */
  readonly isEmbedded: boolean;
  /** Tells whether the database holds anything sealed under a key. */
  readonly hasSealedData: () => Promise<boolean>;
}

/** The file that holds the master key; null when it is in the environment. */
export const masterKeyFileOf = (source: Pick<MasterKeySource, "value" | "file" | "dataDir">): string | null =>
  source.value === null ? (source.file ?? join(source.dataDir, "master.key")) : null;

/**
 * The master keys of this machine: the current one and, beside it, what a rotation left. On the embedded default the
 * first start makes a key, in a file only its owner can read. With sealed data present a missing key is an error and never
 * a new key: that would make the data unreadable for good. Where the key is a file, a key that is asked for and not
 * known is looked for in the files anew, so that a process goes on when the key is rotated beside it.
 * @throws MasterKeyError
 */
export async function openMasterKeys(source: MasterKeySource): Promise<MasterKeys> {
  const previous =
    source.previousValue === null ? [] : [await decodeMasterKey(source.previousValue, "MASTER_KEY_PREVIOUS")];
  const file = masterKeyFileOf(source);
  if (file === null) return masterKeySet(await decodeMasterKey(source.value ?? "", "MASTER_KEY"), ...previous);
  const text = (await readOrExplain(file)) ?? (await firstKey(source, file));
  return keysOfFile(file, await decodeMasterKey(text, file), previous);
}

/** A key from its text. @throws MasterKeyError that names the place and not the text */
export async function decodeMasterKey(text: string, place: string): Promise<MasterKey> {
  try {
    return await openMasterKey(fromBase64Url(text.trim()));
  } catch {
    throw new MasterKeyError(`${place} does not hold a master key: it must be 32 bytes in base64url.`);
  }
}

/** The text of a key that did not exist before. */
export const newMasterKeyText = (): string => randomBytes(MASTER_KEY_BYTES).toString("base64url");

/** Every key in the file and in those a rotation left beside it, the current one first. @throws MasterKeyError */
export async function readMasterKeysBeside(file: string): Promise<readonly MasterKey[]> {
  const folder = await readdir(dirname(file)).catch(() => []);
  const former = folder.filter((name) => name.startsWith(basename(file) + PREVIOUS_SUFFIX)).sort();
  const texts = await Promise.all(
    [file, ...former.map((name) => join(dirname(file), name))].map(async (path) => {
      const text = await readOrExplain(path);
      return text === null ? [] : [await decodeMasterKey(text, path)];
    }),
  );
  return texts.flat();
}

function keysOfFile(file: string, current: MasterKey, previous: readonly MasterKey[]): MasterKeys {
  let known = [current, ...previous];
  return {
    current,
    find: async (id) => {
      if (!known.some((key) => key.id === id)) known = [...known, ...(await readMasterKeysBeside(file))];
      const found = known.find((key) => key.id === id);
      if (found) return found;
      throw new WrongMasterKeyError(id, [...new Set(known.map((key) => key.id))]);
    },
  };
}

async function readOrExplain(file: string): Promise<string | null> {
  try {
    return await readKeyFile(file);
  } catch {
    throw new MasterKeyError(`The master key file ${file} cannot be read. Check its owner and mode.`);
  }
}

/** The first key of a new installation; when another process was first, that one's. */
async function firstKey(source: MasterKeySource, file: string): Promise<string> {
  if (await source.hasSealedData())
    throw new MasterKeyError(
      `The master key file ${file} is missing, but the database holds data sealed under it. Put the file back from your backup; a new key cannot open the data.`,
    );
  if (source.file !== null || !source.isEmbedded)
    throw new MasterKeyError(
      `There is no master key at ${file}. Make one with: node -p "require('crypto').randomBytes(32).toString('base64url')"`,
    );
  try {
    return await createKeyFile(file, newMasterKeyText());
  } catch {
    throw new MasterKeyError(`The master key file ${file} cannot be written. Check the folder's owner and mode.`);
  }
}
