import { expect, test } from "vitest";
import { readConstraint } from "./read-constraint.ts";

test.each([
  [
    "SQLITE_CONSTRAINT_UNIQUE: UNIQUE constraint failed: bots.owner_id, bots.name",
    { kind: "unique", table: "bots", columns: ["owner_id", "name"], rule: null },
  ],
  [
    "SQLITE_CONSTRAINT: SQLITE_CONSTRAINT: SQLite error: UNIQUE constraint failed: bots.id",
    { kind: "unique", table: "bots", columns: ["id"], rule: null },
  ],
  [
    "SQLITE_CONSTRAINT: UNIQUE constraint failed: index 'bots_lower_name'",
    { kind: "unique", table: null, columns: [], rule: "bots_lower_name" },
  ],
  [
    "SQLITE_CONSTRAINT: NOT NULL constraint failed: bots.name",
    { kind: "not_null", table: "bots", columns: ["name"], rule: null },
  ],
  ["SQLITE_CONSTRAINT: FOREIGN KEY constraint failed", { kind: "foreign_key", table: null, columns: [], rule: null }],
  [
    "SQLITE_CONSTRAINT: CHECK constraint failed: bots_status",
    { kind: "check", table: null, columns: [], rule: "bots_status" },
  ],
  [
    "SQLITE_CONSTRAINT: audit is append only",
    { kind: "trigger", table: null, columns: [], rule: "audit is append only" },
  ],
])("%s", (message, expected) => {
  expect(readConstraint(message)).toEqual(expected);
});

test.each([
  "SQLITE_CONSTRAINT: CHECK constraint failed: length('hunter2') < 9",
  "SQLITE_CONSTRAINT: bad value: 'hunter2'",
])("text that may hold a value is left out: %s", (message) => {
  expect(readConstraint(message).rule).toBeNull();
});
