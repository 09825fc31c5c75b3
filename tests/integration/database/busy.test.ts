import type { Database } from "@switchboard/db/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Child, startChild } from "./child-process.ts";
import { countOwners, createFilePlace, openWithTables, owners, type Place } from "./openers.ts";

let place: Place;
let database: Database;
let holder: Child;

beforeEach(async () => {
  place = await createFilePlace();
  database = await openWithTables(place.url);
  holder = await startChild("lock-holder", place.url);
  holder.send("lock");
  await holder.next("locked");
});

afterEach(async () => {
  await holder?.kill9();
  await database?.close();
  await place?.dispose();
});

/** Turns of the event loop, of which a blocked process has none. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

test("while another process holds the lock, the event loop turns, reads answer, and the write waits; then it is done", async () => {
  let isDone = false;
  const write = database
    .write((tx) => tx.insert(owners).values({ name: "patient" }))
    .then(() => {
      isDone = true;
    });
  await turns(100);
  expect(isDone).toBe(false);
  expect(await countOwners(database)).toBe(0);
  holder.send("release");
  await write;
  expect(await countOwners(database)).toBe(1);
});

test("a lock held for longer than 5 s fails every waiting write as busy, writes nothing, and later writes succeed", async () => {
  const insert = (name: string) => database.write((tx) => tx.insert(owners).values({ name }));
  const waiting = await Promise.allSettled(["first", "second", "third"].map(insert));
  for (const result of waiting) {
    expect(result).toMatchObject({ status: "rejected", reason: { code: "database_busy" } });
  }
  holder.send("release");
  await holder.next("released");
  await insert("later");
  expect(await database.reader.select({ name: owners.name }).from(owners)).toEqual([{ name: "later" }]);
});

test("a lock whose holder is killed is free for the next attempt", async () => {
  const write = database.writeBatch((statements) => [statements.insert(owners).values({ name: "heir" })]);
  await turns(1);
  await holder.kill9();
  await write;
  expect(await countOwners(database)).toBe(1);
});
