import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceContext } from "@switchboard/core/context";
import { recoverAfterRestore } from "@switchboard/core/services/system/recover-after-restore";
import { authRecords, bots, custody, dataKeys, workers, wrappedSecrets } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addSession, createMachine, machineIn, type TestMachine } from "./support.ts";

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly message: string;
  readonly advice: string | null;
}

let machine: TestMachine;
let ctx: ServiceContext;
beforeEach(async () => {
  machine = await createMachine();
  await chmod(machine.dataDir, 0o700);
  ctx = await machine.open();
  await addSession(ctx, 30);
  await addSession(ctx, 3);
  await ctx.db.write(async (tx) => {
    const row = { instanceId: "i", version: "v", startedAtMs: Date.now(), lastSeenAtMs: Date.now() };
    await tx.insert(workers).values({ id: "worker-1", ...row });
  });
  await machine.maintain("backup", "backup");
});
afterEach(async () => {
  await ctx.db.close();
  await machine.dispose();
});

async function examine(...args: string[]): Promise<{ exitCode: number; findings: readonly Finding[] }> {
  const { exitCode, stdout } = await machine.maintain("doctor", "--json", ...args);
  return { exitCode, findings: JSON.parse(stdout).findings };
}
/** What is not well, but for the disk of the machine that runs the tests. */
const complaints = (findings: readonly Finding[]) =>
  findings.filter(({ level, check }) => level !== "ok" && check !== "disk");

it("finds nothing wrong with an installation that is well, and changes nothing", async () => {
  const { exitCode, findings } = await examine("--deep");
  expect(complaints(findings)).toEqual([]);
  expect(exitCode).toBe(0);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(["database", "migrations", "master key", "sealed records", "leases", "disk", "clock"]),
  );
  expect(findings.find(({ check }) => check === "sealed records")?.message).toContain("35 opened (all)");
});

it("says of every finding what to do", async () => {
  await ctx.db.write(async (tx) => {
    await tx.update(workers).set({ lastSeenAtMs: 1 });
    await tx.update(dataKeys).set({ uses: 2 ** 30 });
    await tx.update(custody).set({ state: "frozen" });
  });
  await mkdir(join(machine.dataDir, "sessions", "bot_1", "kept-e7-other-holder-1"), { recursive: true });
  await writeFile(join(machine.dataDir, "setup-code"), "x", { mode: 0o644 });
  await chmod(machine.dataDir, 0o755);
  const { exitCode, findings } = await examine();
  expect(exitCode).toBe(1);
  const bad = complaints(findings);
  expect(new Set(bad.map(({ check }) => check))).toEqual(
    new Set(["workers", "data keys", "leases", "kept journals", "file modes"]),
  );
  for (const { advice } of bad) expect(advice).toMatch(/\w/);
  const text = await machine.maintain("doctor");
  expect(text.stdout).toContain("chmod 600");
});

it("finds the journals of a worker that is up no more under its name, and says how they get into the database", async () => {
  const sessions = join(machine.dataDir, "sessions");
  await ctx.db.write(async (tx) => {
    const row = { instanceId: "i", version: "v", startedAtMs: 1, lastSeenAtMs: Date.now() };
    await tx.insert(workers).values({ id: "up", ...row });
    await tx.insert(workers).values({ id: "renamed", ...row, stoppedAtMs: Date.now() });
  });
  for (const [epoch, workerId] of ["worker-1", "up", "renamed", "never-seen"].entries()) {
    const folder = join(sessions, "bot_1", `e${epoch}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "journal"), `${JSON.stringify({ format: 1, kind: "journal", workerId })}\nsealed`);
  }
  const bad = complaints((await examine()).findings);
  expect(bad.map(({ check, message }) => [check, /is of worker ([\w-]+)/.exec(message)?.[1]])).toEqual([
    ["journals left", "renamed"],
    ["journals left", "never-seen"],
  ]);
  expect(bad[0]?.advice).toContain("WORKER_ID=renamed");
});

it("finds a bot of a key that has no lease", async () => {
  await ctx.db.write((tx) => tx.update(bots).set({ assignedTo: "key_gone" }));
  const { findings } = await examine();
  expect(complaints(findings)).toHaveLength(2);
  expect(complaints(findings)[0]).toMatchObject({ check: "leases", message: expect.stringContaining("key_gone") });
});

it("finds a restore that did not come to its end", async () => {
  await recoverAfterRestore(ctx, { madeAt: null, knownEpoch: 0, replacedAuditSequence: null });
  await ctx.db.close();
  const { exitCode, findings } = await examine();
  expect(exitCode).toBe(1);
  const found = complaints(findings).filter(({ check }) => check === "leases");
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({ level: "error", advice: expect.stringContaining("restore --in-place") });
  expect(await machine.maintain("restore", "--in-place", "--even-if-running")).toMatchObject({ exitCode: 0 });
  ctx = await machine.open();
  expect(complaints((await examine()).findings).filter(({ check }) => check === "leases")).toEqual([]);
});

it("finds a record that was altered: with --deep for certain, and names the bot", async () => {
  const [row] = await ctx.db.reader.select().from(authRecords).limit(1);
  if (!row) throw new Error("no record");
  const ciphertext = Uint8Array.from(row.ciphertext, (byte, at) => (at === 15 ? byte ^ 1 : byte));
  await ctx.db.write(async (tx) => {
    await tx.update(authRecords).set({ ciphertext }).where(eq(authRecords.recordKey, row.recordKey));
  });
  const { exitCode, findings } = await examine("--deep");
  expect(exitCode).toBe(1);
  expect(complaints(findings)).toMatchObject([{ check: "sealed records", level: "error" }]);
  expect(complaints(findings)[0]?.message).toContain(row.botId);
});

it("finds a wrapped secret that was altered, and a master key that is not here", async () => {
  const [secret] = await ctx.db.reader.select().from(wrappedSecrets).where(eq(wrappedSecrets.purpose, "erasure"));
  const wrapped = Uint8Array.from(secret?.wrapped ?? [], (byte, at) => (at === 15 ? byte ^ 1 : byte));
  await ctx.db.write(async (tx) => {
    await tx.update(wrappedSecrets).set({ wrapped }).where(eq(wrappedSecrets.purpose, "erasure"));
  });
  const altered = await examine();
  expect(complaints(altered.findings)).toMatchObject([
    { check: "master key", message: expect.stringMatching(/erasure secret 1/) },
  ]);
  const elsewhere = machineIn(machine.dataDir, { MASTER_KEY: Buffer.alloc(32, 9).toString("base64url") });
  const { exitCode, stdout } = await elsewhere.maintain("doctor");
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/\d+ rows are under master key \w{16}, which is not on this machine/);
});

it("finds a previous key that may go", async () => {
  const both = machineIn(machine.dataDir, { MASTER_KEY_PREVIOUS: Buffer.alloc(32, 9).toString("base64url") });
  const { stdout } = await both.maintain("doctor");
  expect(stdout).toContain("MASTER_KEY_PREVIOUS is set, and nothing in the database needs it");
});

it("says what is missing where there is no database, and makes none", async () => {
  const empty = machineIn(join(machine.dataDir, "empty"));
  const { exitCode, stdout } = await empty.maintain("doctor");
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/the database does not answer/),
  });
  await expect(readdir(empty.dataDir)).rejects.toThrow("ENOENT");
});
