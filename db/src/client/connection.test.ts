import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createClient } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Connection } from "./connection.ts";
import { AnswerTimeout, ConnectionClosed } from "./driver-failure.ts";
import { createFileConnection, type FileAccess } from "./file-connection.ts";

describe("a connection to a file", () => {
  let folder: string;
  let url: string;
  const opened: { close(): Promise<void> | void }[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "switchboard-connection-"));
    url = pathToFileURL(join(folder, "test.db")).href;
  });

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  function open(access: FileAccess): Connection {
    const connection = createFileConnection(url, access);
    opened.push(connection);
    return connection;
  }

  async function settingsOf(connection: Connection) {
    const { rows } = await connection.use((client) =>
      client.execute(
        "SELECT foreign_keys, synchronous, journal_mode, query_only FROM pragma_foreign_keys, pragma_synchronous, pragma_journal_mode, pragma_query_only",
      ),
    );
    return { ...rows[0] };
  }

  const RIGHT = { foreign_keys: 1, synchronous: 2, journal_mode: "wal" };

  test("has foreign keys, full synchronous and WAL from the start and after everything that may replace it", async () => {
    const connection = open("write");
    const steps: Record<string, () => Promise<unknown>> = {
      start: async () => undefined,
      commit: async () => (await connection.begin()).commit(),
      rollback: async () => (await connection.begin()).rollback(),
      batch: () => connection.use((client) => client.batch(["CREATE TABLE t (a UNIQUE)"], "write")),
      "failed batch": () => connection.use((client) => client.batch(["INSERT INTO t VALUES (1), (1)"], "write")),
      "failed statement": () => connection.use((client) => client.execute("SELECT * FROM nothing")),
      replacement: async () => connection.distrust(),
      "abandoned transaction": async () => (await connection.begin()).close(),
    };
    const seen: Record<string, unknown> = {};
    for (const [name, step] of Object.entries(steps)) {
      await step().catch(() => undefined);
      seen[name] = await settingsOf(connection);
    }
    expect(seen).toEqual(Object.fromEntries(Object.keys(steps).map((name) => [name, { ...RIGHT, query_only: 0 }])));
  });

  test("for reading cannot write, also after it was replaced", async () => {
    await open("write").use((client) => client.execute("CREATE TABLE t (a)"));
    const reading = open("read");
    for (let round = 0; round < 2; round++) {
      expect(await settingsOf(reading)).toEqual({ ...RIGHT, query_only: 1 });
      const write = reading.use((client) => client.execute("INSERT INTO t VALUES (1)"));
      await expect(write).rejects.toMatchObject({ code: "SQLITE_READONLY" });
      reading.distrust();
    }
  });

  test("keeps its SQLite connection when a begin meets a held lock, and replaces it when a statement does", async () => {
    const connection = open("write");
    await connection.use((client) => client.executeMultiple("CREATE TABLE t (a); CREATE TEMP TABLE mark (a)"));
    const hasMark = () => connection.use((client) => client.execute("SELECT * FROM mark")).then(Boolean, () => false);
    const holder = createClient({ url });
    opened.push(holder);

    const held = await holder.transaction("write");
    await expect(connection.begin()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    expect(await hasMark()).toBe(true);

    const insert = () => connection.use((client) => client.execute("INSERT INTO t VALUES (1)"));
    await expect(insert()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    await held.rollback();
    expect(await hasMark()).toBe(false);
    await insert();
    expect((await open("read").use((client) => client.execute("SELECT * FROM t"))).rows).toHaveLength(1);
  });

  test("closing leaves every row in the file itself, so that a copy of it is complete", async () => {
    const connection = open("write");
    await connection.use((client) => client.executeMultiple("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
    await connection.close();
    const copyUrl = pathToFileURL(join(folder, "copy.db")).href;
    await copyFile(join(folder, "test.db"), join(folder, "copy.db"));
    const copy = createClient({ url: copyUrl });
    opened.push(copy);
    expect((await copy.execute("SELECT * FROM t")).rows).toHaveLength(1);
  });

  test("stays closed after close", async () => {
    const connection = open("write");
    await connection.use((client) => client.execute("SELECT 1"));
    await connection.close();
    await expect(connection.use((client) => client.execute("SELECT 1"))).rejects.toBeInstanceOf(ConnectionClosed);
  });

  test("gives the event loop its share while call follows call without a wait", async () => {
    const connection = open("write");
    let hasTurned = false;
    setImmediate(() => {
      hasTurned = true;
    });
    for (let call = 0; call < 50_000 && !hasTurned; call++) {
      await connection.use((client) => client.execute("SELECT 1"));
    }
    expect(hasTurned).toBe(true);
  });
});

test("an answer that never comes ends in a timeout, and the connection is replaced before its next use", async () => {
  let prepared = 0;
  const connection = new Connection({
    open: () => createClient({ url: "http://127.0.0.1:1" }),
    prepare: async () => {
      prepared += 1;
    },
    begin: (client) => client.transaction("write"),
    settle: async () => undefined,
    isBatchOneRequest: true,
    answerMs: 1,
  });
  await expect(connection.use(() => new Promise(() => undefined))).rejects.toBeInstanceOf(AnswerTimeout);
  await connection.use(async () => "answered");
  await connection.use(async () => "answered");
  expect(prepared).toBe(2);
});

test("a late failure on a replaced connection does not have the new one replaced", async () => {
  let prepared = 0;
  const lost = Object.assign(new TypeError("fetch failed"), { cause: new Error("socket closed") });
  const connection = new Connection({
    open: () => createClient({ url: "http://127.0.0.1:1" }),
    prepare: async () => {
      prepared += 1;
    },
    begin: (client) => client.transaction("write"),
    settle: async () => undefined,
    isBatchOneRequest: true,
    answerMs: 60_000,
  });
  const { promise, reject } = Promise.withResolvers<never>();
  const slow = connection.use(() => promise);
  await expect(connection.use(() => Promise.reject(lost))).rejects.toBe(lost);
  await connection.use(async () => "on a new one");
  reject(lost);
  await expect(slow).rejects.toBe(lost);
  await connection.use(async () => "still the new one");
  expect(prepared).toBe(2);
});
