import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { ConstraintError, NestedWriteError, QueryFailedError } from "@switchboard/db/errors";
import type { Database } from "@switchboard/db/types";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWithTables, owners, PLACES, type Place, pets } from "./openers.ts";

describe.each(PLACES)("what every database refuses: $name", ({ create, open }) => {
  let place: Place;
  let database: Database;
  const fresh = () => `owner-${randomUUID()}`;
  const find = (name: string) => database.reader.select().from(owners).where(eq(owners.name, name));

  beforeAll(async () => {
    place = await create();
    database = await openWithTables(place.url, open);
  });

  afterAll(async () => {
    await database?.close();
    await place?.dispose();
  });

  test.each([
    "INSERT INTO owners (name) VALUES ('sneaked')",
    "WITH n AS (SELECT 'sneaked' AS name) INSERT INTO owners (name) SELECT name FROM n",
    "  update owners SET score = 1",
    "/* select */ DELETE FROM owners",
    "DROP TABLE pets",
    "PRAGMA foreign_keys = OFF",
    "SELECT 1; DELETE FROM owners",
  ])("the reader writes nothing: %s", async (statement) => {
    const before = await database.readBatch((reader) => [reader.select().from(owners), reader.select().from(pets)]);
    await database.reader.all(sql.raw(statement)).catch(() => undefined);
    const after = await database.readBatch((reader) => [reader.select().from(owners), reader.select().from(pets)]);
    expect(after).toEqual(before);
  });

  test("a write inside a write fails at once and the outer one goes on", async () => {
    const name = fresh();
    await database.write(async (tx) => {
      await expect(database.write(async () => undefined)).rejects.toBeInstanceOf(NestedWriteError);
      const batch = database.writeBatch((statements) => [statements.insert(owners).values({ name: fresh() })]);
      await expect(batch).rejects.toBeInstanceOf(NestedWriteError);
      await expect(database.autocommit.insert(owners).values({ name: fresh() })).rejects.toBeInstanceOf(
        NestedWriteError,
      );
      await tx.insert(owners).values({ name });
    });
    expect(await find(name)).toHaveLength(1);
  });

  test("every broken constraint is told by kind, table, columns and rule", async () => {
    const name = fresh();
    const [owner] = await database.autocommit.insert(owners).values({ name }).returning();
    const cases = [
      [sql`INSERT INTO owners (name) VALUES (${name})`, { kind: "unique", table: "owners", columns: ["name"] }],
      [
        sql`INSERT INTO owners (id, name) VALUES (${owner?.id}, ${fresh()})`,
        { kind: "unique", table: "owners", columns: ["id"] },
      ],
      [sql`INSERT INTO owners (name) VALUES (NULL)`, { kind: "not_null", table: "owners", columns: ["name"] }],
      [
        sql`INSERT INTO owners (name, score) VALUES (${fresh()}, 1000000)`,
        { kind: "check", table: null, rule: "score_is_small" },
      ],
      [sql`INSERT INTO pets (owner_id) VALUES (-1)`, { kind: "foreign_key", table: null, columns: [], rule: null }],
    ] as const;
    for (const [statement, expected] of cases) {
      const failing = database.write((tx) => tx.run(statement));
      await expect(failing).rejects.toMatchObject({
        name: "ConstraintError",
        code: "database_constraint",
        ...expected,
      });
      const failingBatch = database.writeBatch((statements) => [statements.run(statement)]);
      await expect(failingBatch).rejects.toMatchObject({ name: "ConstraintError", ...expected });
    }
  });

  test("a trigger's refusal is told by its message", async () => {
    await database.autocommit.insert(owners).values({ name: "eternal" });
    const failing = database.autocommit.delete(owners).where(eq(owners.name, "eternal"));
    await expect(failing).rejects.toMatchObject({ kind: "trigger", rule: "eternal owners stay" });
    expect(await find("eternal")).toHaveLength(1);
  });

  test("work may catch a broken constraint and go on", async () => {
    const [taken, name] = [fresh(), fresh()];
    await database.autocommit.insert(owners).values({ name: taken });
    await database.write(async (tx) => {
      await expect(tx.insert(owners).values({ name: taken })).rejects.toBeInstanceOf(ConstraintError);
      await tx.insert(owners).values({ name });
    });
    expect(await find(name)).toHaveLength(1);
  });

  test("no error repeats a bound value, a statement or the address", async () => {
    const value = "s3cret-value";
    await database.autocommit.insert(owners).values({ name: value });
    const failures = await Promise.allSettled([
      database.write((tx) => tx.insert(owners).values({ name: value })),
      database.autocommit.insert(owners).values({ name: value }),
      database.writeBatch((statements) => [statements.insert(owners).values({ name: value })]),
      database.reader.all(sql`SELECT json_extract('{}', ${value})`),
      database.reader.all(sql`SELECT * FROM no_such_table WHERE name = ${value}`),
      database.write((tx) => tx.run(sql`INSERT INTO owners (name, score) VALUES (${value}, ${"s3cret-score"})`)),
    ]);
    for (const failure of failures) {
      expect(failure.status).toBe("rejected");
      const everything = failure.status === "rejected" ? inspect(failure.reason, { depth: 9, showHidden: true }) : "";
      expect(everything).not.toMatch(/s3cret|insert into|select \*|json_extract|127\.0\.0\.1|place\.db/i);
    }
  });

  test("a statement the database does not understand is told apart, with the name that is missing", async () => {
    const failing = database.reader.all(sql`SELECT * FROM no_such_table`);
    await expect(failing).rejects.toThrow("no such table: no_such_table");
    await expect(failing).rejects.toBeInstanceOf(QueryFailedError);
  });
});
