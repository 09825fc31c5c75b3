import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./sync-files.ts";

/** Ends the name of the file that holds the key before; what follows it in a name is the id of a key before that one. */
export const PREVIOUS_SUFFIX = ".previous";
/** Ends the name of the file that holds a key which is not in use yet. */
const NEXT_SUFFIX = ".next";

/** The text of a key file; null when there is none. @throws the system's error when it cannot be read */
export async function readKeyFile(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (err) {
    if (isCode(err, "ENOENT")) return null;
    throw err;
  }
}

/**
 * Makes a key file, readable by its owner only; it appears whole or not at all. Answers the text that is in it: where
 * another process was first, that one's. @throws the system's error
 */
export async function createKeyFile(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    const handle = await open(draft, "wx", 0o600);
    await handle.writeFile(`${text}\n`);
    await handle.sync();
    await handle.close();
    await linkOnce(draft, file);
    await syncFolder(dirname(file));
    return (await readFile(file, "utf8")).trim();
  } finally {
    await rm(draft, { force: true });
  }
}

/** What happens between two steps of {@link putNewKeyInPlace}; tests end the process there. */
export type BetweenSteps = (step: "next-made" | "former-kept" | "previous-kept" | "in-place") => void;

/**
 * Puts a new key in the place of the present one, which stays beside it as `.previous`; what was `.previous` before gets the
 * id of its key behind its name, since backups of its time need it. After a crash at any point the file holds the old or
 * the new key, both keys are there, and the same call goes on: a key that was made already is used.
 * @throws the system's error
 */
export async function putNewKeyInPlace(
  file: string,
  names: { readonly newText: string; readonly presentText: string; readonly idOf: (text: string) => Promise<string> },
  between: BetweenSteps = () => undefined,
): Promise<void> {
  const [next, previous] = [file + NEXT_SUFFIX, file + PREVIOUS_SUFFIX];
  await createKeyFile(next, names.newText);
  between("next-made");
  const former = await readKeyFile(previous);
  if (former !== null && former.trim() !== names.presentText.trim()) {
    await rename(previous, `${previous}-${await names.idOf(former)}`);
    between("former-kept");
  }
  await linkOnce(file, previous);
  await syncFolder(dirname(file));
  between("previous-kept");
  await rename(next, file);
  await syncFolder(dirname(file));
  between("in-place");
}

/** A link appears whole or not at all, and only for the first of several processes. */
async function linkOnce(from: string, to: string): Promise<void> {
  await link(from, to).catch((err: unknown) => {
    if (!isCode(err, "EEXIST")) throw err;
  });
}

const isCode = (err: unknown, code: string): boolean => err instanceof Error && "code" in err && err.code === code;
