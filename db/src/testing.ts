import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
 * An empty, fully migrated database in a temporary file of its own. The migrations run once per process; every
 * further call copies their result.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  template ??= createTemplate();
  const contents = await template;
  const folder = await mkdtemp(join(tmpdir(), "switchboard-db-"));
  const path = join(folder, "test.db");
  await writeFile(path, contents);
  const url = pathToFileURL(path).href;
  const database = await openDatabase({ url });
  const dispose = async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { database, url, dispose };
}

let template: Promise<Buffer> | undefined;

async function createTemplate(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-db-template-"));
  try {
    const path = join(folder, "template.db");
    await migrateDatabase(pathToFileURL(path).href);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
