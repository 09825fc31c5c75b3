import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fromBase64Url } from "@switchboard/core/crypto/bytes";
import { MASTER_KEY_BYTES, type MasterKey, openMasterKey } from "@switchboard/core/crypto/master-key";

/** The master key is missing or unusable; the message is a sentence that names the file and what to do. */
export class MasterKeyError extends Error {
  override readonly name = "MasterKeyError";
}

/** Where the key may come from, as the settings say, and whether the database already needs one. */
export interface MasterKeySource {
  readonly value: string | null;
  readonly file: string | null;
  readonly dataDir: string;
  /** true: the database file is this installation's own, so a first key may be made. */
  readonly isEmbedded: boolean;
  /** Tells whether the database holds anything sealed under a key. */
  readonly hasSealedData: () => Promise<boolean>;
}

/**
 * The master key. On the embedded default the first start makes one, in a file only its owner can read. With sealed data
 * present a missing key is an error and never a new key: that would make the data unreadable for good.
 * @throws MasterKeyError
 */
export async function loadMasterKey(source: MasterKeySource): Promise<MasterKey> {
  if (source.value !== null) return decode(source.value, "MASTER_KEY");
  const file = source.file ?? join(source.dataDir, "master.key");
  const text = await readIfThere(file);
  if (text !== null) return decode(text, file);
  if (await source.hasSealedData())
    throw new MasterKeyError(
      `The master key file ${file} is missing, but the database holds data sealed under it. Put the file back from your backup; a new key cannot open the data.`,
    );
  if (source.file !== null || !source.isEmbedded)
    throw new MasterKeyError(
      `There is no master key at ${file}. Make one with: node -p "require('crypto').randomBytes(32).toString('base64url')"`,
    );
  return decode(await createOnce(file), file);
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (err) {
    if (err instanceof Error && "code" in err && err.code === "ENOENT") return null;
    throw new MasterKeyError(`The master key file ${file} cannot be read. Check its owner and mode.`);
  }
}

/** Makes the file or, when another process was first, reads that one's. */
async function createOnce(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const text = randomBytes(MASTER_KEY_BYTES).toString("base64url");
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    const handle = await open(draft, "wx", 0o600);
    await handle.writeFile(`${text}\n`);
    await handle.sync();
    await handle.close();
    // A link appears whole or not at all, and only for the first of several processes.
    await link(draft, file);
    return text;
  } catch (err) {
    if (err instanceof Error && "code" in err && err.code === "EEXIST") return await readFile(file, "utf8");
    throw new MasterKeyError(`The master key file ${file} cannot be written. Check the folder's owner and mode.`);
  } finally {
    await rm(draft, { force: true });
  }
}

async function decode(text: string, place: string): Promise<MasterKey> {
  try {
    return await openMasterKey(fromBase64Url(text.trim()));
  } catch {
    throw new MasterKeyError(`${place} does not hold a master key: it must be 32 bytes in base64url.`);
  }
}
