import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "@switchboard/host/sync-files";

const FOLDER_MODE = 0o700;
/** Of a file that only this user may open. */
export const PRIVATE_FILE_MODE = 0o600;

/** Makes a folder that only this user can open, with those above it. */
export const makePrivateFolder = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE });
};

/** Puts a whole file in the place of another: after a crash there is the old one or the new one. */
export async function replaceFile(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const draft = `${path}.new`;
  const handle = await open(draft, "w", PRIVATE_FILE_MODE);
  try {
    let position = 0;
    for (const part of parts) position = await writeAll(handle, part, position);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await renameDurably(draft, path);
}

/** Writes every byte at a place of a file and answers where it ended. @throws the system's error, ENOSPC for one */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
  return position + written;
}

/** Renames, so that it lasts; `onRenamed` is called in between. */
export async function renameDurably(from: string, to: string, onRenamed: () => void = () => undefined): Promise<void> {
  await rename(from, to);
  onRenamed();
  await syncFolder(dirname(to));
}

/** Removes a file or folder with all that is in it, if it is there. */
export const removeAll = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** The bytes of a file; null when there is none. */
export const readIfThere = (path: string): Promise<Buffer | null> => readFile(path).catch(nullWhenMissing);

/** The names in a folder, in their order; none when there is no such folder. */
export const namesIn = async (path: string): Promise<readonly string[]> =>
  ((await readdir(path).catch(nullWhenMissing)) ?? []).sort();

function nullWhenMissing(err: unknown): null {
  if (err instanceof Error && "code" in err && err.code === "ENOENT") return null;
  throw err;
}
