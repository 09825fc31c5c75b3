import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { makePrivateFolder, namesIn, readIfThere, removeAll, renameDurably } from "./durable-files.ts";
import { type FileHead, readHead } from "./sealed-file.ts";

/** Why a journal is not put into the database but kept for a person to look at. */
export type KeptReason = "other-holder" | "older-database" | "altered" | "key-gone" | "refused";

/** Journals of one bot that are kept; the oldest goes first. */
const KEPT_MAX = 8;
const LIVE_NAME = /^e(\d+)$/;
const KEPT_PREFIX = "kept-";

/** The files of one bot under one lease: DATA_DIR/sessions/<bot>/e<epoch>. An epoch is given once, so nobody else's are there. */
export interface SessionFolder {
  readonly botId: string;
  readonly epoch: number;
  readonly path: string;
  readonly journalPath: string;
}

/** Where the files of a lease are. */
export function sessionFolderOf(root: string, { botId, epoch }: Pick<LeaseName, "epoch"> & { readonly botId: string }) {
  const path = join(root, botId, `e${epoch}`);
  return { botId, epoch, path, journalPath: join(path, "journal") };
}

/** Where a snapshot is; each has a name of its own, so that a new one does not touch the one in use. */
export const snapshotPathOf = ({ path }: SessionFolder, generation: number): string =>
  join(path, `snapshot-${generation}`);

/** Removes everything in a folder but these files. */
export async function clearSessionFolder({ path }: SessionFolder, kept: readonly string[]): Promise<void> {
  const others = (await namesIn(path)).map((name) => join(path, name)).filter((file) => !kept.includes(file));
  for (const file of others) await removeAll(file);
}

/** Makes the folder; nobody else can open it. */
export const makeSessionFolder = ({ path }: SessionFolder): Promise<void> => makePrivateFolder(path);

/** The folders that earlier lives, or other workers with the same DATA_DIR, have left; older epochs first. */
export async function listSessionFolders(root: string): Promise<SessionFolder[]> {
  const folders: SessionFolder[] = [];
  for (const botId of await namesIn(root)) {
    const epochs = (await namesIn(join(root, botId))).flatMap((name) => LIVE_NAME.exec(name)?.[1] ?? []);
    for (const epoch of epochs.map(Number).sort((one, other) => one - other))
      folders.push(sessionFolderOf(root, { botId, epoch }));
  }
  return folders;
}

/** Who wrote a folder's journal, by its first line; null when it was never begun. @throws SessionFileAlteredError */
export async function readJournalHead({ journalPath }: SessionFolder): Promise<FileHead | null> {
  const bytes = await readIfThere(journalPath);
  const end = (bytes?.indexOf(0x0a) ?? -1) + 1;
  return bytes === null || end === 0 ? null : readHead(bytes.subarray(0, end));
}

/** Of a folder without a journal: which worker made it, null when that is not written yet, and when it last changed. */
export async function readUnbegun({ path }: SessionFolder): Promise<{ workerId: string | null; changedAtMs: number }> {
  const { mtimeMs: changedAtMs } = await stat(path);
  for (const name of await namesIn(path)) {
    const bytes = await readIfThere(join(path, name));
    const end = (bytes?.indexOf(0x0a) ?? -1) + 1;
    if (bytes !== null && end > 0) return { workerId: readHead(bytes.subarray(0, end)).workerId, changedAtMs };
  }
  return { workerId: null, changedAtMs };
}

/** Takes a folder out of use and keeps it: `kept-e<epoch>-<reason>-<milliseconds>`. Answers its new path. */
export async function keepSessionFolder(
  root: string,
  folder: SessionFolder,
  reason: KeptReason,
  nowMs: number,
): Promise<string> {
  const kept = join(root, folder.botId, `${KEPT_PREFIX}e${folder.epoch}-${reason}-${nowMs}`);
  await renameDurably(folder.path, kept);
  const names = (await namesIn(join(root, folder.botId))).filter((name) => name.startsWith(KEPT_PREFIX));
  const byAge = names.sort((one, other) => instantOf(one) - instantOf(other));
  for (const name of byAge.slice(0, -KEPT_MAX)) await removeAll(join(root, folder.botId, name));
  return kept;
}

/** Removes the files of one lease. */
export const removeSessionFolder = ({ path }: SessionFolder): Promise<void> => removeAll(path);

/** Removes everything of a bot, what was kept too. */
export const removeBotFolder = (root: string, botId: string): Promise<void> => removeAll(join(root, botId));

const instantOf = (name: string): number => Number(name.slice(name.lastIndexOf("-") + 1));
