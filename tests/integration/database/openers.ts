import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openDatabase } from "@switchboard/db/client";
import { createOpenForRequest } from "@switchboard/db/client-edge";
import type { Database } from "@switchboard/db/types";
import { sql } from "drizzle-orm";
import { blob, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { startSqld } from "../../support/sqld.ts";

/** An empty database behind one kind of address, for a suite that must hold for all of them. */
export interface Place {
  readonly url: string;
  dispose(): Promise<void>;
}

type Open = (url: string) => Promise<Database>;

const openInNode: Open = (url) => openDatabase({ url });
const openAtTheEdge: Open = async (url) => createOpenForRequest({ url })();

interface Kind {
  readonly name: string;
  readonly create: () => Promise<Place>;
  readonly open: Open;
}

/** Every kind of address the product supports, with a real server where one is needed. */
export const ADDRESSES: readonly Kind[] = [
  { name: "file", create: createFilePlace, open: openInNode },
  { name: "server over HTTP", create: () => createServerPlace("httpUrl"), open: openInNode },
  { name: "server over WebSocket", create: () => createServerPlace("wsUrl"), open: openInNode },
];

/** The same, and the other client: what holds of a database holds for all of them. */
export const PLACES: readonly Kind[] = [
  ...ADDRESSES,
  { name: "server, by the client of the edge", create: () => createServerPlace("httpUrl"), open: openAtTheEdge },
];

/** A place for one file, in a folder of its own. */
export async function createFilePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-place-"));
  const url = pathToFileURL(join(folder, "place.db")).href;
  return { url, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** The tables that {@link openWithTables} makes. */
export const owners = sqliteTable("owners", {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  score: integer().notNull().default(0),
  payload: blob({ mode: "buffer" }),
});

/** Rows that may only exist with their owner. */
export const pets = sqliteTable("pets", {
  id: integer().primaryKey(),
  ownerId: integer("owner_id").notNull(),
});

/** Opens the database and makes {@link owners} and {@link pets}, with one constraint of every kind. */
export async function openWithTables(url: string, open: Open = openInNode): Promise<Database> {
  const database = await open(url);
  await database.writeBatch((statements) => [
    statements.run(sql`CREATE TABLE IF NOT EXISTS owners (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      score INTEGER NOT NULL DEFAULT 0 CONSTRAINT score_is_small CHECK (score < 1000000),
      payload BLOB
    )`),
    statements.run(sql`CREATE TABLE IF NOT EXISTS pets (
      id INTEGER PRIMARY KEY,
      owner_id INTEGER NOT NULL REFERENCES owners (id) ON DELETE CASCADE
    )`),
    statements.run(sql`CREATE TRIGGER IF NOT EXISTS keep_eternal BEFORE DELETE ON owners WHEN old.name = 'eternal'
      BEGIN SELECT RAISE(ABORT, 'eternal owners stay'); END`),
  ]);
  return database;
}

/** How many owners there are. */
export async function countOwners(database: Database): Promise<number> {
  return await database.reader.$count(owners);
}

async function createServerPlace(kind: "httpUrl" | "wsUrl"): Promise<Place> {
  const server = await startSqld();
  return { url: server[kind], dispose: server.stop };
}
