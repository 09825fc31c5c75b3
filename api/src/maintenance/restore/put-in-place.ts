import { link, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder } from "@switchboard/host/sync-files";
import { openFile } from "../database/database-file.ts";

/** What was set aside, by its new path. */
export interface SetAside {
  /** null: there was no database. */
  readonly database: string | null;
  /** Folders of DATA_DIR that belong to the database that was replaced. */
  readonly folders: readonly string[];
}

/** Folders of DATA_DIR that go with one database: sessions of workers, and copies of the audit's checkpoints. */
const FOLDERS = ["sessions", "audit"];

/**
 * Puts a prepared database in the place of the present one, which is kept beside it, in one step: whatever happens, the
 * name holds the old database or the new one, whole. Then sets aside what belongs to the old one.
 */
export async function putInPlace(prepared: string, file: string, dataDir: string, mark: string): Promise<SetAside> {
  const isReplacing = await isThere(file);
  const aside = `${file}.before-restore-${mark}`;
  if (isReplacing) {
    await foldLogIn(file);
    await link(file, aside);
    // A log that is left there would be taken for the new database's.
    for (const end of ["-wal", "-shm"]) await rename(`${file}${end}`, `${aside}${end}`).catch(ignoreMissing);
  }
  await rename(prepared, file);
  await syncFolder(dirname(file));
  const folders: string[] = [];
  for (const name of FOLDERS) {
    const folder = join(dataDir, name);
    if (!(await isThere(folder))) continue;
    const kept = `${folder}.before-restore-${mark}`;
    await rename(folder, kept);
    folders.push(kept);
  }
  return { database: isReplacing ? aside : null, folders };
}

/** A database that cannot be opened is set aside as it is: with its log, which may be what is wrong. */
async function foldLogIn(file: string): Promise<void> {
  const client = openFile(file);
  try {
    await client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // It is replaced because it is damaged.
  } finally {
    client.close();
  }
}

function ignoreMissing(err: unknown): void {
  if (!(err instanceof Error && "code" in err && err.code === "ENOENT")) throw err;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
