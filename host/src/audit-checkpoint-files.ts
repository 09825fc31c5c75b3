import { mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { AuditCheckpoint } from "@switchboard/core/domain/audit-chain";
import { syncFolder } from "./sync-files.ts";

/** Copies of the audit's checkpoints outside the database, as its check wants them. */
export interface CheckpointFiles {
  /** In the order of the files; a checkpoint may be there twice, and once more when its rows were pruned. */
  readonly checkpoints: readonly AuditCheckpoint[];
  /** Lines that are no checkpoint, as "file:line". */
  readonly unreadable: readonly string[];
}

/** The copy that a worker keeps. One process at a time appends; the same line twice does no harm. */
export interface CheckpointFile {
  /** What the files have already. */
  readonly last: { readonly sequence: number; readonly prunedAtMs: number };
  /** Appends lines, which are durable when it resolves. */
  append(checkpoints: readonly AuditCheckpoint[]): Promise<void>;
}

const CURRENT = "checkpoints.jsonl";
/** Full files carry the number of their last row: `checkpoints-000000041200.jsonl`. */
const FULL = /^checkpoints-(\d{12,})\.jsonl$/;
/** Some 4,000 lines. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Where an installation keeps its copies. */
export const checkpointFolder = (dataDir: string): string => join(dataDir, "audit");

/**
 * Reads every copy in a folder; null without any. A line that breaks off is what a crash leaves and is passed over: whoever
 * cuts lines here could leave them out as well.
 */
export async function readCheckpointFiles(folder: string): Promise<CheckpointFiles | null> {
  const names = await namesIn(folder);
  if (names.length === 0) return null;
  const files = await Promise.all(
    names.map(async (name) => readLines(name, await readFile(join(folder, name), "utf8"))),
  );
  return {
    checkpoints: files.flatMap(({ checkpoints }) => checkpoints),
    unreadable: files.flatMap(({ unreadable }) => unreadable),
  };
}

/** Opens the copy for appending, and makes its folder. `fileBytesMax`: the size at which a file is full. */
export async function openCheckpointFile(folder: string, fileBytesMax = FILE_BYTES_MAX): Promise<CheckpointFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const last = { ...lastOf((await readCheckpointFiles(folder))?.checkpoints ?? []) };
  const path = join(folder, CURRENT);
  return {
    last,
    append: async (checkpoints) => {
      if (checkpoints.length === 0) return;
      if ((await sizeOf(path)) >= fileBytesMax) await rotate(folder, last.sequence);
      await appendLines(folder, checkpoints);
      Object.assign(last, lastOf([...checkpoints], last));
      if (checkpoints.some(({ prunedAtMs }) => prunedAtMs !== null)) await removePruned(folder, checkpoints);
    },
  };
}

/** Full files in their order, then the current one. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readFolder(folder);
  const full = names.filter((name) => FULL.test(name)).sort();
  return names.includes(CURRENT) ? [...full, CURRENT] : full;
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (err) {
    if (isMissing(err)) return [];
    throw err;
  }
}

function readLines(name: string, text: string) {
  const lines = text
    .split("\n")
    .map((line, index) => ({ at: `${name}:${index + 1}`, line, checkpoint: parseLine(line) }));
  const isTorn = (line: string) => line === "" || (line.startsWith("{") && !line.endsWith("}"));
  return {
    checkpoints: lines.flatMap(({ checkpoint }) => checkpoint ?? []),
    unreadable: lines.flatMap(({ at, line, checkpoint }) => (checkpoint === null && !isTorn(line) ? [at] : [])),
  };
}

function parseLine(line: string): AuditCheckpoint | null {
  try {
    const value: unknown = JSON.parse(line);
    return isCheckpoint(value) ? value : null;
  } catch {
    return null;
  }
}

function isCheckpoint(value: unknown): value is AuditCheckpoint {
  if (typeof value !== "object" || value === null) return false;
  const { sequence, hash, mac, atMs, prunedAtMs }: Partial<Record<keyof AuditCheckpoint, unknown>> = value;
  const isHex = (text: unknown) => typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
  const isCount = (number: unknown) => Number.isSafeInteger(number) && Number(number) >= 0;
  return (
    isCount(sequence) && isCount(atMs) && (prunedAtMs === null || isCount(prunedAtMs)) && isHex(hash) && isHex(mac)
  );
}

function lastOf(checkpoints: readonly AuditCheckpoint[], before = { sequence: -1, prunedAtMs: 0 }) {
  return checkpoints.reduce(
    (last, { sequence, prunedAtMs }) => ({
      sequence: Math.max(last.sequence, sequence),
      prunedAtMs: Math.max(last.prunedAtMs, prunedAtMs ?? 0),
    }),
    before,
  );
}

/** Several workers may share the folder, so nothing is ever cut off: a line that a crash left torn is ended first. */
async function appendLines(folder: string, checkpoints: readonly AuditCheckpoint[]): Promise<void> {
  const handle = await open(join(folder, CURRENT), "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const end = size === 0 || buffer.toString() === "\n" ? "" : "\n";
    await handle.appendFile(end + checkpoints.map((checkpoint) => `${JSON.stringify(checkpoint)}\n`).join(""));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (err) {
    if (isMissing(err)) return 0;
    throw err;
  }
}

async function rotate(folder: string, lastSequence: number): Promise<void> {
  const full = join(folder, `checkpoints-${String(lastSequence).padStart(12, "0")}.jsonl`);
  // Another worker may have been quicker; then the present file grows on for now.
  if ((await sizeOf(full)) === 0) await rename(join(folder, CURRENT), full);
}

/** Full files that tell only of rows which were pruned say nothing any more. */
async function removePruned(folder: string, checkpoints: readonly AuditCheckpoint[]): Promise<void> {
  const pruned = Math.max(...checkpoints.map(({ sequence, prunedAtMs }) => (prunedAtMs === null ? -1 : sequence)));
  for (const name of await readdir(folder)) {
    const [, last] = FULL.exec(name) ?? [];
    if (last !== undefined && Number(last) < pruned) await unlink(join(folder, name));
  }
}

const isMissing = (err: unknown): boolean => err instanceof Error && "code" in err && err.code === "ENOENT";
