import { randomUUID } from "node:crypto";
import { ConstraintError, DatabaseUnavailableError } from "@switchboard/db/errors";
import type { Database } from "@switchboard/db/types";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countOwners, openWithTables, owners, PLACES, type Place, pets } from "./openers.ts";

describe.each(PLACES)("every database: $name", ({ create, open }) => {
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

  test("a committed write is seen by the next read and returns the work's value", async () => {
    const name = fresh();
    const id = await database.write(async (tx) => {
      const [row] = await tx.insert(owners).values({ name, score: 7 }).returning({ id: owners.id });
      return row?.id;
    });
    expect(await find(name)).toEqual([{ id, name, score: 7, payload: null }]);
  });

  test("work that throws leaves nothing behind and the caller gets the very same error", async () => {
    const name = fresh();
    const reason = new Error("changed my mind");
    const attempt = database.write(async (tx) => {
      await tx.insert(owners).values({ name });
      throw reason;
    });
    await expect(attempt).rejects.toBe(reason);
    expect(await find(name)).toEqual([]);
  });

  test("work sees its own rows, the reader still the state before them", async () => {
    const name = fresh();
    const seen = await database.write(async (tx) => {
      await tx.insert(owners).values({ name });
      return { inside: await tx.$count(owners, eq(owners.name, name)), outside: (await find(name)).length };
    });
    expect(seen).toEqual({ inside: 1, outside: 0 });
  });

  test("a savepoint that is rolled back leaves the rest of the transaction alone", async () => {
    const [kept, dropped] = [fresh(), fresh()];
    await database.write(async (tx) => {
      await tx.insert(owners).values({ name: kept });
      const inner = tx.transaction(async (savepoint) => {
        await savepoint.insert(owners).values({ name: dropped });
        throw new Error("inner");
      });
      await expect(inner).rejects.toThrow("inner");
    });
    expect([(await find(kept)).length, (await find(dropped)).length]).toEqual([1, 0]);
  });

  test("a write batch gives its results in order and changes nothing when one statement fails", async () => {
    const name = fresh();
    const results = await database.writeBatch((statements) => [
      statements.insert(owners).values({ name, score: 1 }).returning({ score: owners.score }),
      statements.update(owners).set({ score: 2 }).where(eq(owners.name, name)),
      statements.select({ score: owners.score }).from(owners).where(eq(owners.name, name)),
    ]);
    expect([results[0], results[1].rowsAffected, results[2]]).toEqual([[{ score: 1 }], 1, [{ score: 2 }]]);

    const other = fresh();
    const failing = database.writeBatch((statements) => [
      statements.insert(owners).values({ name: other }),
      statements.insert(owners).values({ name }),
    ]);
    await expect(failing).rejects.toBeInstanceOf(ConstraintError);
    expect(await find(other)).toEqual([]);
  });

  test("a read batch gives its results in order", async () => {
    const name = fresh();
    await database.write((tx) => tx.insert(owners).values({ name, score: 3 }));
    const [rows, one] = await database.readBatch((reader) => [
      reader.select({ score: owners.score }).from(owners).where(eq(owners.name, name)),
      reader.get<{ two: number }>(sql`SELECT 2 AS two`),
    ]);
    expect([rows, one]).toEqual([[{ score: 3 }], { two: 2 }]);
  });

  test("fifty writes at once, each reading before it writes, lose no update", async () => {
    const name = fresh();
    await database.autocommit.insert(owners).values({ name });
    const addOne = () =>
      database.write(async (tx) => {
        const [row] = await tx.select().from(owners).where(eq(owners.name, name));
        await tx
          .update(owners)
          .set({ score: (row?.score ?? Number.NaN) + 1 })
          .where(eq(owners.name, name));
      });
    await Promise.all(Array.from({ length: 50 }, addOne));
    expect(await find(name)).toMatchObject([{ score: 50 }]);
  });

  test("autocommit statements, single and in a transaction, go through the same queue", async () => {
    const name = fresh();
    await Promise.all([
      database.autocommit.insert(owners).values({ name }),
      database.autocommit.transaction((tx) => tx.insert(owners).values({ name: `${name}-2` })),
      database.write((tx) => tx.insert(owners).values({ name: `${name}-3` })),
    ]);
    const rows = await database.autocommit
      .select()
      .from(owners)
      .where(sql`${owners.name} LIKE ${`${name}%`}`);
    expect(rows).toHaveLength(3);
  });

  test("a write started by work but run after its end is not nested", async () => {
    const { promise: outerEnded, resolve } = Promise.withResolvers<void>();
    const name = fresh();
    const background = await database.write(async () => ({
      later: outerEnded.then(() => database.write((tx) => tx.insert(owners).values({ name }))),
    }));
    resolve();
    await background.later;
    expect(await find(name)).toHaveLength(1);
  });

  test.each([
    ["a view into a larger buffer", () => Buffer.from(new Uint8Array([9, 9, 1, 2, 3, 9]).buffer, 2, 3)],
    ["a small buffer from node's shared pool", () => Buffer.from("pooled")],
    ["an empty buffer", () => Buffer.alloc(0)],
    ["all byte values", () => Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index))],
  ])("bytes come back as they went in: %s", async (_name, make) => {
    const name = fresh();
    await database.write((tx) => tx.insert(owners).values({ name, payload: make() }));
    const [row] = await find(name);
    expect(row?.payload).toEqual(make());
    expect(row?.payload).toHaveLength(make().length);
  });

  test("an owner's pets go with it: foreign keys act on every way to write", async () => {
    const ways = [
      (id: number) => database.write((tx) => tx.delete(owners).where(eq(owners.id, id))),
      (id: number) => database.writeBatch((statements) => [statements.delete(owners).where(eq(owners.id, id))]),
      (id: number) => database.autocommit.delete(owners).where(eq(owners.id, id)),
    ];
    for (const remove of ways) {
      const [owner] = await database.autocommit.insert(owners).values({ name: fresh() }).returning();
      const ownerId = owner?.id ?? -1;
      await database.autocommit.insert(pets).values({ ownerId });
      await remove(ownerId);
      expect(await database.reader.$count(pets, eq(pets.ownerId, ownerId))).toBe(0);
    }
  });

  test("closing waits for the writes that were asked for, then everything is refused", async () => {
    const closing = await openWithTables(place.url, open);
    const before = await countOwners(database);
    const writes = [1, 2, 3].map(() => closing.write((tx) => tx.insert(owners).values({ name: fresh() })));
    await closing.close();
    await Promise.all(writes);
    expect(await countOwners(database)).toBe(before + 3);

    await closing.close();
    const refusal = { code: "database_unavailable", reason: "CLOSED", outcome: "not_applied" };
    await expect(closing.ping()).rejects.toMatchObject(refusal);
    await expect(closing.write(async () => undefined)).rejects.toMatchObject(refusal);
    const batch = closing.writeBatch((statements) => [statements.insert(owners).values({ name: fresh() })]);
    await expect(batch).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });
});
