import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openDatabase } from "@switchboard/db/client";
import { migrateDatabase } from "@switchboard/db/migrate";
import * as schema from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { getTableColumns, is, type SQL, sql } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ADDRESSES, type Place } from "./openers.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-migrations-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Writes a folder as drizzle-kit does: one list of statements per migration. */
async function writeMigrations(...migrations: readonly (readonly string[])[]): Promise<string> {
  const path = join(folder, "migrations");
  await mkdir(join(path, "meta"), { recursive: true });
  const entries = migrations.map((_, idx) => ({
    idx,
    version: "6",
    when: idx,
    tag: `000${idx}_step`,
    breakpoints: true,
  }));
  await writeFile(join(path, "meta", "_journal.json"), JSON.stringify({ version: "7", dialect: "sqlite", entries }));
  for (const [idx, statements] of migrations.entries()) {
    await writeFile(join(path, `000${idx}_step.sql`), statements.join("\n--> statement-breakpoint\n"));
  }
  return path;
}

async function read<T>(place: Place, query: SQL): Promise<T[]> {
  const database = await openDatabase({ url: place.url });
  try {
    return await database.reader.all<T>(query);
  } finally {
    await database.close();
  }
}

const tableNames = (place: Place) =>
  read<{ name: string }>(place, sql`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`);

describe.each(ADDRESSES)("migrating: $name", ({ create }) => {
  let place: Place;

  beforeEach(async () => {
    place = await create();
  });

  afterEach(async () => {
    await place?.dispose();
  });

  const migrate = (from: string) => migrateDatabase(place.url, undefined, { folder: from });

  test("an empty database gets every table and column of the schema, and a second run nothing", async () => {
    const applied = await migrateDatabase(place.url);
    expect(applied[0]).toBe("0000_init");
    expect(await migrateDatabase(place.url)).toEqual([]);
    const database = await openDatabase({ url: place.url });
    for (const table of Object.values(schema).filter((value) => is(value, SQLiteTable))) {
      expect(await columnsOf(database, table)).toEqual(expectedColumnsOf(table));
    }
    await database.close();
  });

  test("several at once apply each migration once, and all of them succeed", async () => {
    const from = await writeMigrations(["CREATE TABLE a (id)"], ["INSERT INTO a VALUES (1)"]);
    const results = await Promise.all([migrate(from), migrate(from), migrate(from)]);
    expect(results.flat().toSorted()).toEqual(["0000_step", "0001_step"]);
    expect(await read(place, sql`SELECT count(*) AS count FROM a`)).toEqual([{ count: 1 }]);
  });

  test("a database that is newer than the code is refused by name and left as it is", async () => {
    await migrate(await writeMigrations(["CREATE TABLE a (id)"], ["CREATE TABLE b (id)"]));
    const before = await tableNames(place);
    await expect(migrate(await writeMigrations(["CREATE TABLE a (id)"]))).rejects.toMatchObject({
      code: "database_migration_refused",
      reason: "database_is_newer",
      migration: "0001_step",
    });
    expect(await tableNames(place)).toEqual(before);
  });

  test("a migration that was changed after it was applied is refused", async () => {
    await migrate(await writeMigrations(["CREATE TABLE a (id)"]));
    const changed = migrate(await writeMigrations(["CREATE TABLE a (id, name)"], ["CREATE TABLE b (id)"]));
    await expect(changed).rejects.toMatchObject({ reason: "migration_was_changed", migration: "0000_step" });
  });

  test("when one statement fails, none of the missing migrations is applied", async () => {
    const failing = await writeMigrations(
      ["CREATE TABLE a (id)"],
      ["CREATE TABLE b (id)", "INSERT INTO no_such_table VALUES (1)"],
    );
    await expect(migrate(failing)).rejects.toThrow("no such table: no_such_table");
    expect(await tableNames(place)).toEqual([]);
  });

  test("a table that is rebuilt keeps the rows that point to it, although their key says ON DELETE CASCADE", async () => {
    const first = [
      "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
      "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)",
      "INSERT INTO parent VALUES (1)",
      "INSERT INTO child VALUES (1)",
    ];
    await migrate(await writeMigrations(first));
    const rebuild = [
      "PRAGMA foreign_keys=OFF",
      "CREATE TABLE __new_parent (id INTEGER PRIMARY KEY, name TEXT)",
      "INSERT INTO __new_parent (id) SELECT id FROM parent",
      "DROP TABLE parent",
      "ALTER TABLE __new_parent RENAME TO parent",
      "PRAGMA foreign_keys=ON",
    ];
    expect(await migrate(await writeMigrations(first, rebuild))).toEqual(["0001_step"]);
    expect(await read(place, sql`SELECT parent_id FROM child`)).toEqual([{ parent_id: 1 }]);
  });

  test("a migration that leaves a reference to nothing is rolled back", async () => {
    const first = [
      "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
      "CREATE TABLE child (parent_id REFERENCES parent (id))",
    ];
    await migrate(await writeMigrations(first));
    const breaking = migrate(await writeMigrations(first, ["INSERT INTO child VALUES (7)"]));
    await expect(breaking).rejects.toMatchObject({ kind: "check", rule: "references_hold" });
    expect(await read(place, sql`SELECT * FROM child`)).toEqual([]);
  });
});

describe("the migration command", () => {
  const run = (env: NodeJS.ProcessEnv) => {
    const program = fileURLToPath(new URL("../../../db/src/migrate-cli.ts", import.meta.url));
    return execa(process.execPath, [program], { env, reject: false, extendEnv: false });
  };

  test("four at once make one database in a folder for this user alone, and say so", async () => {
    const dataDir = join(folder, "data");
    const runs = await Promise.all([1, 2, 3, 4].map(() => run({ DATA_DIR: dataDir })));
    expect(runs.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
      Array(4).fill({ exitCode: 0, stderr: "" }),
    );
    const applying = runs.filter(({ stdout }) => stdout.startsWith("Database is up to date: applied 0000_init"));
    expect(applying).toHaveLength(1);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    await (await openDatabase({ url: pathToFileURL(join(dataDir, "switchboard.db")).href })).close();
  });

  test("a database that cannot be had ends it with code 1 and a sentence without the address", async () => {
    const { exitCode, stderr, stdout } = await run({ DATABASE_URL: "file:/no/such/folder/hidden.db" });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toBe("Database was not migrated: The database is not available (CANNOT_OPEN).");
  });
});

async function columnsOf(database: Database, table: SQLiteTable): Promise<unknown> {
  const { name } = getTableConfig(table);
  return await database.reader.all(
    sql`SELECT name, "notnull" = 1 OR pk > 0 AS required FROM pragma_table_info(${name}) ORDER BY name`,
  );
}

function expectedColumnsOf(table: SQLiteTable): unknown {
  const { primaryKeys } = getTableConfig(table);
  const keyNames = primaryKeys.flatMap(({ columns }) => columns.map(({ name }) => name));
  return Object.values(getTableColumns(table))
    .map(({ name, notNull, primary }) => ({
      name,
      required: notNull || primary || keyNames.includes(name) ? 1 : 0,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
