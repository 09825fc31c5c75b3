import type { Database } from "@switchboard/db/types";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Child, startChild } from "./child-process.ts";
import { countOwners, createFilePlace, openWithTables, owners, type Place } from "./openers.ts";

/**
 * What was acknowledged must be there after the file was closed and opened again. @libsql/client alone does not keep
 * that promise once a second process has held the lock (tursodatabase/libsql-client-ts issue 352).
 */
describe("acknowledged writes to a file shared by two processes", () => {
  let place: Place;
  const children: Child[] = [];

  beforeEach(async () => {
    place = await createFilePlace();
    await (await openWithTables(place.url)).close();
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill9()));
    await place.dispose();
  });

  async function start(program: string, ...args: string[]): Promise<Child> {
    const child = await startChild(program, place.url, ...args);
    children.push(child);
    return child;
  }

  async function reopened<T>(look: (database: Database) => Promise<T>): Promise<T> {
    const database = await openWithTables(place.url);
    try {
      return await look(database);
    } finally {
      await database.close();
    }
  }

  /** One insert that meets a held lock, then ten more without one, all from a process of their own. */
  async function insertAroundHeldLock(client: "guarded" | "bare"): Promise<{ acknowledged: number; present: number }> {
    const holder = await start("lock-holder");
    const inserter = await start("inserter", client);
    holder.send("lock");
    await holder.next("locked");
    inserter.send("start");
    await inserter.next("attempted");
    holder.send("release");
    await holder.next("released");
    inserter.send("continue");
    const { acknowledged } = await inserter.next("finished");
    await inserter.end();
    return { acknowledged, present: await reopened(countOwners) };
  }

  test("every write that met a held lock, and every one after it, is there after reopening", async () => {
    expect(await insertAroundHeldLock("guarded")).toEqual({ acknowledged: 11, present: 11 });
  });

  test("the same steps on the bare driver lose all they acknowledged: the guard is needed, and this suite can see it", async () => {
    expect(await insertAroundHeldLock("bare")).toEqual({ acknowledged: 10, present: 0 });
  });

  test("two processes that write thousands of rows while a third keeps taking the lock lose none", async () => {
    const holder = await start("lock-holder");
    const writers = [await start("writer", "left", "1500"), await start("writer", "right", "1500")];
    for (const writer of writers) writer.send("start");
    const finished = Promise.all(writers.map((writer) => writer.next("finished")));
    let isFinished = false;
    void finished.finally(() => {
      isFinished = true;
    });
    while (!isFinished) {
      holder.send("lock");
      await holder.next("locked");
      holder.send("release");
      await holder.next("released");
    }
    const reports = await finished;
    const rows = await reopened((database) =>
      database.reader.all<{ writer: string; count: number }>(
        sql`SELECT substr(name, 1, instr(name, '-') - 1) AS writer, count(*) AS count FROM owners GROUP BY 1 ORDER BY 1`,
      ),
    );
    expect(rows).toEqual([
      { writer: "left", count: reports[0]?.acknowledged },
      { writer: "right", count: reports[1]?.acknowledged },
    ]);
    expect(reports.map(({ acknowledged, busyErrors }) => acknowledged + busyErrors)).toEqual([1500, 1500]);
    expect(holder.received.filter(({ kind }) => kind === "locked").length).toBeGreaterThan(1);
  });

  test("a process killed with SIGKILL between two writes leaves everything it acknowledged", async () => {
    for (let round = 0; round < 3; round++) {
      const writer = await start("writer", `round${round}`, "100000", "each");
      writer.send("start");
      for (let heard = 0; heard < 40; heard++) await writer.next("acknowledged");
      await writer.kill9();
      const names = writer.received.flatMap((message) => (message.kind === "acknowledged" ? [message.name] : []));
      const present = await reopened((database) => database.reader.select({ name: owners.name }).from(owners));
      expect(names.length).toBeGreaterThanOrEqual(40);
      expect(new Set(present.map(({ name }) => name))).toEqual(
        expect.toSatisfy((all: Set<string>) => names.every((name) => all.has(name))),
      );
    }
  });
});
