import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "@switchboard/core/domain/buffer-json";
import { WORKER_SILENT_MS } from "@switchboard/core/services/fleet/register-worker";
import { workers } from "@switchboard/db/schema";
import { and, gt, isNull } from "drizzle-orm";
import { type Check, findingsOf } from "./finding.ts";

/** The files of one lease, see docs/leases.md. */
const LIVE_NAME = /^e\d+$/;

/** Sessions' files that a worker did not dare to put into the database. */
export const checkKeptSessions: Check = async ({ settings }) => {
  const { ok, warning } = findingsOf("kept journals");
  const kept = (await listFolders(settings.DATA_DIR)).filter(({ name }) => name.startsWith("kept-"));
  if (kept.length === 0) return [ok("none: every commit of an outage is in the database")];
  return kept.map(({ path }) =>
    warning(
      `${path} holds commits that were not put into the database`,
      "Its name says why. The bot has recovered since; remove the folder when nobody wants to look at it.",
    ),
  );
};

/** Sessions' files of workers that are not up under the name they had: no other worker looks at them. */
export const checkLeftSessions: Check = async ({ settings, db, nowMs }) => {
  const { ok, warning } = findingsOf("journals left");
  if (db === null) return [];
  const isUp = and(isNull(workers.stoppedAtMs), gt(workers.lastSeenAtMs, nowMs - WORKER_SILENT_MS));
  const up = await db.reader.select({ id: workers.id }).from(workers).where(isUp);
  const cared = new Set([settings.WORKER_ID, ...up.map(({ id }) => id)]);
  const live = (await listFolders(settings.DATA_DIR)).filter(({ name }) => LIVE_NAME.test(name));
  const owned = await Promise.all(live.map(async ({ path }) => ({ path, workerId: await readWorkerId(path) })));
  const left = owned.flatMap(({ path, workerId }) =>
    workerId === null || cared.has(workerId) ? [] : { path, workerId },
  );
  if (left.length === 0) return [ok("none: each is of a worker that is up, or of the one of this installation")];
  return left.map(({ path, workerId }) =>
    warning(
      `${path} is of worker ${workerId}, which is not up: it may hold commits that the database lacks`,
      `Start a worker with WORKER_ID=${workerId} and this DATA_DIR once: it brings them to the database, or keeps them and says why.`,
    ),
  );
};

async function listFolders(dataDir: string): Promise<{ name: string; path: string }[]> {
  const root = join(dataDir, "sessions");
  const folders: { name: string; path: string }[] = [];
  for (const botId of await readdir(root).catch(() => []))
    for (const name of await readdir(join(root, botId)).catch(() => []))
      folders.push({ name, path: join(root, botId, name) });
  return folders;
}

/** By the first line of the journal, which is in clear; null where there is none that can be read. */
async function readWorkerId(path: string): Promise<string | null> {
  try {
    const [line = ""] = (await readFile(join(path, "journal"), "latin1")).split("\n", 1);
    const head: unknown = JSON.parse(line);
    return isObject(head) && typeof head.workerId === "string" ? head.workerId : null;
  } catch {
    return null;
  }
}
