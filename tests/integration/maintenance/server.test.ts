import { randomBytes } from "node:crypto";
import { audit, authRecords, custody, events } from "@switchboard/db/schema";
import { asc, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Sqld, startSqld } from "../../support/sqld.ts";
import { open } from "./backed-up.ts";
import { addSession, createMachine, machineIn, readSession, type TestMachine } from "./support.ts";

const MASTER_KEY = randomBytes(32).toString("base64url");
let server: Sqld;
let machine: TestMachine;
beforeAll(async () => {
  server = await startSqld();
  machine = await createMachine({ DATABASE_URL: server.httpUrl, MASTER_KEY });
});
afterAll(async () => {
  await machine.dispose();
  await server.stop();
});

it("a server's database is copied row by row into a file, which is a backup like any other", async () => {
  const ctx = await open(machine);
  const botId = await addSession(ctx, 700);
  expect(await machine.maintain("backup", "backup")).toMatchObject({ exitCode: 0 });
  const local = machineIn(`${machine.dataDir}/local`, { MASTER_KEY });
  expect(await local.maintain("restore", "../backup")).toMatchObject({ exitCode: 0 });
  const copy = await open(local);
  expect(await readSession(copy, botId)).toHaveLength(701);
  // Everything is there as it was, but for what the restore itself adds and ends.
  const rowsOf = async (of: typeof ctx) => ({
    records: await of.db.reader.select().from(authRecords).orderBy(asc(authRecords.recordKey)),
    audit: (await of.db.reader.select().from(audit).orderBy(asc(audit.sequence))).filter(
      ({ action }) => !action.startsWith("installation."),
    ),
    events: (await of.db.reader.select().from(events).orderBy(asc(events.sequence))).filter(
      ({ sequence }) => sequence < 1_000_000,
    ),
    schema: await of.db.reader.all(
      sql`select type, name, sql from sqlite_master where name not like 'sqlite_%' and name not like 'libsql_%' order by 1, 2`,
    ),
  });
  expect(await rowsOf(copy)).toEqual(await rowsOf(ctx));
  expect(await local.maintain("audit", "verify")).toMatchObject({ exitCode: 0 });
});

it("a server is not restored to from a folder; what its own means put back is made safe in place", async () => {
  const ctx = await open(machine);
  const refused = await machine.maintain("restore", "backup", "--force");
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("restore --in-place") });
  expect(await machine.maintain("restore", "--in-place")).toMatchObject({ exitCode: 0 });
  const rows = await ctx.db.reader.select().from(custody);
  for (const row of rows) expect(row).toMatchObject({ state: "free", isClean: false });
});

it("keys are rotated on a server, and the doctor looks at it", async () => {
  const next = machineIn(machine.dataDir, {
    DATABASE_URL: server.httpUrl,
    MASTER_KEY: randomBytes(32).toString("base64url"),
    MASTER_KEY_PREVIOUS: MASTER_KEY,
  });
  expect(await next.maintain("rotate", "master-key")).toMatchObject({ exitCode: 0 });
  expect(await next.maintain("rotate", "data-keys")).toMatchObject({ exitCode: 0 });
  const { findings } = JSON.parse((await next.maintain("doctor", "--deep", "--json")).stdout);
  const bad = findings.filter(({ level, check }: Record<string, string>) => level === "error" && check !== "disk");
  expect(bad).toEqual([]);
});
