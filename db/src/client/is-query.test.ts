import { expect, test } from "vitest";
import { isQuery } from "./is-query.ts";

test.each([
  "SELECT 1",
  '  select "id" from "bots"',
  "VALUES (1)",
  "EXPLAIN QUERY PLAN SELECT 1",
  "PRAGMA foreign_keys",
  'WITH "recent" AS (SELECT 1) SELECT * FROM "recent" WHERE "updated_at_ms" > 1',
])("reads: %s", (sql) => {
  expect(isQuery(sql)).toBe(true);
  expect(isQuery({ sql, args: [] })).toBe(true);
});

test.each([
  "INSERT INTO bots VALUES (1)",
  "update bots set id = 1",
  "DELETE FROM bots",
  "REPLACE INTO bots VALUES (1)",
  "PRAGMA foreign_keys = OFF",
  "WITH n AS (SELECT 1) INSERT INTO bots SELECT * FROM n",
  "WITH n AS (SELECT 1) INSERT OR IGNORE INTO bots SELECT * FROM n",
  'WITH n AS (SELECT 1) UPDATE "bots" SET id = 1',
  "WITH n AS (SELECT 1)\nDELETE FROM bots",
  "CREATE TABLE t (a)",
  "BEGIN",
  "/* comment */ SELECT 1",
  "",
])("does not pass as a read: %s", (sql) => {
  expect(isQuery(sql)).toBe(false);
});
