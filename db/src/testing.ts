import { randomUUID } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openDatabase } from "./client.ts";
import { migrateDatabase } from "./migrate.ts";
import type { Database } from "./types.ts";

/** A database of one test or suite. */
export interface TestDatabase {
  readonly database: Database;
  /** `file:` address, for a second process or a second opening. */
  readonly url: string;
  /** Closes the database and deletes its files. */
  dispose(): Promise<void>;
}

/**
 * An empty, fully migrated database in a temporary file of its own. The migrations run once per process; every further
 * call copies their result.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  template ??= createTemplate();
  const { folder, file } = await template;
  const path = join(folder, `${randomUUID()}.db`);
  await copyFile(file, path);
  // a closed connection may leave its write-ahead log behind until it is collected, with all of the migration in it
  if (existsSync(`${file}-wal`)) await copyFile(`${file}-wal`, `${path}-wal`);
  const url = pathToFileURL(path).href;
  const database = await openDatabase({ url });
  const dispose = async () => {
    await database.close();
    await Promise.all(["", "-wal", "-shm"].map((suffix) => rm(`${path}${suffix}`, { force: true })));
  };
  return { database, url, dispose };
}

let template: Promise<{ folder: string; file: string }> | undefined;

async function createTemplate(): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-db-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "template.db");
  await migrateDatabase(pathToFileURL(file).href);
  return { folder, file };
}
