import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { migrateDatabase } from "./migrate.ts";

/**
 * Migrates the database that the environment names: DATABASE_URL with DATABASE_AUTH_TOKEN, else
 * `switchboard.db` in DATA_DIR (default `./data`), which is created for this user alone.
 * Exit code 0 when the schema is up to date, 1 with one sentence when it is not.
 */
async function main(): Promise<void> {
  try {
    const url = process.env.DATABASE_URL || (await prepareLocalFile(process.env.DATA_DIR || "data"));
    const applied = await migrateDatabase(url, process.env.DATABASE_AUTH_TOKEN || undefined);
    const done = applied.length === 0 ? "nothing to apply" : `applied ${applied.join(", ")}`;
    process.stdout.write(`Database is up to date: ${done}.\n`);
  } catch (err) {
    process.stderr.write(`Database was not migrated: ${err instanceof Error ? err.message : "unknown error"}.\n`);
    process.exitCode = 1;
  }
}

async function prepareLocalFile(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return pathToFileURL(join(folder, "switchboard.db")).href;
}

await main();
