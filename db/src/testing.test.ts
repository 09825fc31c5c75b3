import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "./testing.ts";

const opened: TestDatabase[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.dispose()));
});

async function create(): Promise<TestDatabase> {
  const one = await createTestDatabase();
  opened.push(one);
  return one;
}

test("each test database is migrated, empty, and nobody else's", async () => {
  const [first, second] = [await create(), await create()];
  await first.database.autocommit.run(sql`CREATE TABLE only_here (id)`);
  const tables = sql`SELECT name FROM sqlite_master WHERE name IN ('bots', 'only_here') ORDER BY name`;
  expect(await first.database.reader.all(tables)).toEqual([{ name: "bots" }, { name: "only_here" }]);
  expect(await second.database.reader.all(tables)).toEqual([{ name: "bots" }]);
  expect(await second.database.reader.query.bots.findMany()).toEqual([]);
});

test("disposing closes the database and removes its files", async () => {
  const { database, url, dispose } = await create();
  await database.autocommit.run(sql`CREATE TABLE t (id)`);
  await dispose();
  await expect(access(fileURLToPath(url))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(database.ping()).rejects.toMatchObject({ reason: "CLOSED" });
});
