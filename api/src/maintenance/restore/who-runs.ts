import { readdir, readlink, realpath } from "node:fs/promises";
import { WORKER_SILENT_MS } from "@switchboard/core/services/fleet/register-worker";
import { workers } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { systemClock } from "@switchboard/host/clock";
import { gt } from "drizzle-orm";

/**
 * Signs that the product runs on this database, a sentence each; empty: none were found. Looks for processes of this machine that have the
 * file open (where /proc tells), and for workers that reported lately and did not say that they stopped.
 */
export async function findSignsOfLife(file: string | null, db: Database | null): Promise<readonly string[]> {
  const processes = file === null ? [] : await findProcesses(file);
  const opened = processes.map((id) => `process ${id} has the database open`);
  return [...opened, ...(db === null ? [] : await findWorkers(db))];
}

async function findWorkers(db: Database): Promise<string[]> {
  const nowMs = systemClock.nowMs();
  const rows = await db.reader
    .select()
    .from(workers)
    .where(gt(workers.lastSeenAtMs, nowMs - WORKER_SILENT_MS));
  return rows
    .filter((row) => row.stoppedAtMs === null)
    .map((row) => `worker ${row.id} reported ${Math.round((nowMs - row.lastSeenAtMs) / 1000)} s ago`);
}

/** Ids of other processes that have the file, or its log, open. */
async function findProcesses(file: string): Promise<number[]> {
  const path = await realpath(file).catch(() => null);
  if (path === null) return [];
  const wanted = new Set([path, `${path}-wal`, `${path}-shm`]);
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(ids.map(async (id) => ((await hasOpen(id, wanted)) ? [id] : [])));
  return found.flat();
}

/** What other users' processes have open is not told; they are passed over. */
async function hasOpen(id: number, wanted: ReadonlySet<string>): Promise<boolean> {
  if (id === process.pid) return false;
  const names = await readdir(`/proc/${id}/fd`).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${id}/fd/${name}`).catch(() => "")));
  return targets.some((target) => wanted.has(target));
}
