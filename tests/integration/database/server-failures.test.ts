import { openDatabase } from "@switchboard/db/client";
import type { Database } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sqld, startSqld } from "../../support/sqld.ts";
import { type LossyProxy, startLossyProxy } from "./lossy-proxy.ts";
import { openWithTables, owners } from "./openers.ts";

let server: Sqld;

beforeAll(async () => {
  server = await startSqld();
  await (await openWithTables(server.httpUrl)).close();
});

afterAll(async () => {
  await server?.stop();
});

const insert = (database: Database, name: string) => database.write((tx) => tx.insert(owners).values({ name }));
const count = (database: Database, name: string) => database.reader.$count(owners, eq(owners.name, name));

describe("on a way that loses requests and answers", () => {
  let proxy: LossyProxy;
  let database: Database;

  beforeEach(async () => {
    proxy = await startLossyProxy(server.httpUrl);
    database = await openDatabase({ url: proxy.url });
  });

  afterEach(async () => {
    await database?.close();
    await proxy?.stop();
  });

  test("a lost answer to a commit is reported as unknown and the write is not repeated", async () => {
    proxy.loseNext("COMMIT", "answer");
    let runs = 0;
    const write = database.write(async (tx) => {
      runs += 1;
      await tx.insert(owners).values({ name: "commit-answer" });
    });
    await expect(write).rejects.toMatchObject({ code: "database_unavailable", outcome: "unknown" });
    expect([runs, await count(database, "commit-answer")]).toEqual([1, 1]);
  });

  test("a lost answer to a batch is reported as unknown and the batch is not repeated", async () => {
    proxy.loseNext("INSERT", "answer");
    proxy.loseNext("insert", "answer");
    const batch = database.writeBatch((statements) => [statements.insert(owners).values({ name: "batch-answer" })]);
    await expect(batch).rejects.toMatchObject({ code: "database_unavailable", outcome: "unknown" });
    expect(await count(database, "batch-answer")).toBe(1);
  });

  test.each([500, 503])("a %i to a batch is unknown, because a server may fail after it committed", async (status) => {
    const name = `batch-${status}`;
    proxy.loseNext("insert", { status });
    const batch = database.writeBatch((statements) => [statements.insert(owners).values({ name })]);
    await expect(batch).rejects.toMatchObject({ outcome: "unknown", reason: `HTTP_${status}` });
    expect(proxy.bodies.filter((body) => body.includes(name))).toHaveLength(1);
  });

  test("a request lost before the commit has the work run again, and its rows are there once", async () => {
    proxy.loseNext("again", "request");
    let runs = 0;
    await database.write(async (tx) => {
      runs += 1;
      await tx.insert(owners).values({ name: "again" });
    });
    expect([runs, await count(database, "again")]).toEqual([2, 1]);
  });

  test("work that hides a lost connection cannot have its half committed", async () => {
    proxy.loseNext("second-half", "request");
    await database.write(async (tx) => {
      await tx.insert(owners).values({ name: "first-half" });
      await tx
        .insert(owners)
        .values({ name: "second-half" })
        .catch(() => undefined);
    });
    expect([await count(database, "first-half"), await count(database, "second-half")]).toEqual([1, 1]);
  });

  test.each(["answer", { status: 502 }] as const)("a read is repeated after: %j", async (loss) => {
    await insert(database, `read-${JSON.stringify(loss)}`);
    proxy.loseNext("select", loss);
    expect(await count(database, `read-${JSON.stringify(loss)}`)).toBe(1);
  });

  test("a server that refuses the token is told at once, without a repeat", async () => {
    proxy.loseNext("select", { status: 401 });
    const before = proxy.bodies.length;
    await expect(count(database, "anything")).rejects.toMatchObject({
      code: "database_unavailable",
      reason: "HTTP_401",
    });
    expect(proxy.bodies.length).toBe(before + 1);
  });
});

describe.each(["httpUrl", "wsUrl"] as const)("when the server dies: %s", (kind) => {
  let database: Database;

  beforeEach(async () => {
    database = await openDatabase({ url: server[kind] });
  });

  afterEach(async () => {
    await database?.close();
  });

  test("reads and writes asked for while it is away are done, once, when it is back", async () => {
    await database.ping();
    await insert(database, `${kind}-before`);
    await server.kill9();
    const write = insert(database, `${kind}-away`);
    const read = count(database, `${kind}-before`);
    await server.restart();
    await write;
    expect([await read, await count(database, `${kind}-away`)]).toEqual([1, 1]);
  });

  test("everything it acknowledged before SIGKILL is there after it is back, and nothing is there twice", async () => {
    const acknowledged: string[] = [];
    const attempted: string[] = [];
    const writeUntilFailure = async (writer: number) => {
      for (let index = 0; ; index++) {
        const name = `${kind}-${writer}-${index}`;
        attempted.push(name);
        if (index % 2 === 0) await database.writeBatch((statements) => [statements.insert(owners).values({ name })]);
        else await insert(database, name);
        acknowledged.push(name);
        if (acknowledged.length === 40) await server.kill9();
      }
    };
    const endings = await Promise.allSettled([1, 2, 3].map(writeUntilFailure));
    for (const ending of endings) {
      expect(ending).toMatchObject({ status: "rejected", reason: { code: expect.stringMatching(/unavailable|busy/) } });
    }
    await server.restart();
    const rows = await database.reader.select({ name: owners.name }).from(owners);
    const present = rows.map(({ name }) => name).filter((name) => attempted.includes(name));
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    expect(present).toEqual(expect.arrayContaining(acknowledged));
  });
});
