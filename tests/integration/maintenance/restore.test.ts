import { appendFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { acquireForWorker } from "@switchboard/core/services/custody/worker-leases";
import { registerWorker } from "@switchboard/core/services/fleet/register-worker";
import { rotateDueDataKeys } from "@switchboard/core/services/keys-rotation/rotate-due-data-keys";
import {
  audit,
  authBatches,
  bots,
  custody,
  events,
  idempotencyKeys,
  oneTimeCodes,
  sessionTokens,
} from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { backedUp, custodyOf, newMachine, open, restore } from "./backed-up.ts";
import { machineIn, readSession, writeSession } from "./support.ts";

describe("a restore", () => {
  it("brings the sessions back, and every bot recovers under an epoch above all that were handed out", async () => {
    const { machine, ctx, botId } = await backedUp();
    const inBackup = await custodyOf(ctx, botId);
    for (let count = 0; count < 20; count += 1) await writeSession(ctx, botId, 4, `later ${count}`);
    const stale = await acquireForWorker(ctx, { botId, workerId: "worker-1" });
    if (stale === null) throw new Error("no lease");
    await ctx.db.close();
    const run = await restore(machine, "backup", "--force");
    expect(run).toMatchObject({ exitCode: 0 });
    const after = await open(machine);
    expect(await readSession(after, botId)).toEqual(['{"text":"first"}', "first", "first", "first", "first"]);
    const row = await custodyOf(after, botId);
    expect(row).toMatchObject({ state: "free", leaseId: null, isClean: false, wasClean: false });
    expect(row.epoch).toBeGreaterThan(stale.epoch);
    expect(row.epoch).toBeGreaterThan(inBackup.epoch + 2 ** 20 - 1);
    const late = openRecordStore(after, stale, stale.authRevision).commit({ creds: "{}", records: [] });
    await expect(late).rejects.toMatchObject({ code: "stale-epoch" });
    await after.db.write(async (tx) => {
      await tx.update(custody).set({ notBeforeMs: 0 });
    });
    expect(await acquireForWorker(after, { botId, workerId: "worker-1" })).toMatchObject({ wasClean: false });
  });

  it("of the same backup twice hands out no epoch twice, also when the clock went back", async () => {
    const { machine, ctx, botId } = await backedUp();
    await ctx.db.close();
    const epochs: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      expect(await restore(machine, "backup", "--force")).toMatchObject({ exitCode: 0 });
      const after = await open(machine);
      await after.db.write(async (tx) => {
        // As if the clock had been far ahead at the time of this restore.
        await tx.update(custody).set({ notBeforeMs: 0, ...(round === 0 ? { epoch: Date.now() * 2 } : {}) });
      });
      const lease = await acquireForWorker(after, { botId, workerId: "worker-1" });
      epochs.push(lease?.epoch ?? 0);
      await after.db.close();
    }
    expect(epochs[1]).toBeGreaterThan(epochs[0] ?? 0);
  });

  it("ends what may have been ended or used since: tokens, codes, answers, orders; and makes data keys due", async () => {
    const { machine, ctx, botId } = await backedUp();
    await ctx.db.close();
    await rm(join(machine.dataDir, "backup"), { recursive: true });
    const before = await open(machine);
    const [bot] = await before.db.reader.select().from(bots);
    if (!bot) throw new Error("no bot");
    await before.db.write(async (tx) => {
      const issuedAtMs = Date.now();
      const times = { issuedAtMs, expiresAtMs: issuedAtMs + 3_600_000, chainId: "c", chainStartedAtMs: issuedAtMs };
      const subject = { subjectKind: "key", subjectId: "key_1" } as const;
      await tx.insert(sessionTokens).values({ id: "tok_1", teamId: bot.teamId, botId, ...subject, ...times });
      const code = { publicId: "p", secretHmac: new Uint8Array(32), pepperVersion: 1, createdBy: "u", createdAtMs: 1 };
      const invitation = { id: "inv_1", kind: "invitation", teamId: bot.teamId, role: "viewer" } as const;
      await tx.insert(oneTimeCodes).values({ ...invitation, ...code, email: "a@b.c", expiresAtMs: issuedAtMs * 2 });
      const answer = {
        subject: "s",
        key: "k",
        bodyHash: new Uint8Array(32),
        createdAtMs: 1,
        expiresAtMs: issuedAtMs * 2,
      };
      await tx.insert(idempotencyKeys).values(answer);
    });
    await machine.maintain("backup", "backup");
    await before.db.close();
    await restore(machine, "backup", "--force");
    const after = await open(machine);
    expect(await after.db.reader.select().from(sessionTokens)).toMatchObject([{ revokedBy: "system:maintenance" }]);
    expect(await after.db.reader.select().from(oneTimeCodes)).toMatchObject([{ revokedAtMs: expect.any(Number) }]);
    expect(await after.db.reader.select().from(idempotencyKeys)).toEqual([]);
    expect(await after.db.reader.select().from(authBatches)).toEqual([]);
    expect(await after.db.reader.select().from(bots)).toMatchObject([{ state: "backing-off", assignedTo: "workers" }]);
    expect(await rotateDueDataKeys(after)).toMatchObject({ rotated: 1, resealed: 5 });
    const [newest] = (await after.db.reader.select().from(events)).slice(-1);
    expect(newest?.sequence).toBeGreaterThan(1_700_000_000_000);
    const rows = await after.db.reader.select().from(audit).where(eq(audit.action, "installation.restore"));
    expect(rows).toMatchObject([
      { detail: { bots: 1, sessionTokens: 1, oneTimeCodes: 1, madeAt: expect.any(String) } },
    ]);
  });

  it("keeps the database it replaces, the journals and the copies of the audit's checkpoints aside", async () => {
    const { machine, ctx } = await backedUp();
    await ctx.db.close();
    await mkdir(join(machine.dataDir, "sessions", "bot_1"), { recursive: true });
    await mkdir(join(machine.dataDir, "audit"));
    expect(await restore(machine, "backup")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/With --force it is replaced/),
    });
    expect(await restore(machine, "backup", "--force")).toMatchObject({ exitCode: 0 });
    const names = (await readdir(machine.dataDir)).map((name) => name.replace(/-\d{4}-.*Z/, "-T"));
    for (const name of ["switchboard.db.before-restore-T", "sessions.before-restore-T", "audit.before-restore-T"])
      expect(names).toContain(name);
    expect(names).not.toContain("sessions");
    expect(names.filter((name) => name.includes("restoring"))).toEqual([]);
  });

  it("is refused while a worker reports, or a process has the database open", async () => {
    const { machine, ctx } = await backedUp();
    const program = `require("node:fs").openSync(${JSON.stringify(join(machine.dataDir, "switchboard.db"))}); console.log(1); process.stdin.resume()`;
    const other = execa(process.execPath, ["-e", program], { stdin: "pipe", reject: false });
    await new Promise((resolve) => other.stdout.once("data", resolve));
    const early = await machine.maintain("restore", "backup", "--force");
    other.stdin.end();
    await other;
    expect(early).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`process ${other.pid} has the`) });
    await registerWorker(ctx, { workerId: "worker-9", instanceId: "i", version: "v" });
    const run = await machine.maintain("restore", "backup", "--force");
    expect(run).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/The product runs: worker worker-9 reported 0 s ago/),
    });
  });

  it("needs the master key of the backup: from here, from a file, or from the backup itself", async () => {
    const { machine, folder } = await backedUp();
    const other = machineIn(join(machine.dataDir, "other"));
    const refused = await restore(other, folder);
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/needs the master key \w+, and there is none here/),
    });
    expect(await readdir(join(machine.dataDir, "other")).catch(() => [])).toEqual([]);
    const wrong = await newMachine();
    await (await open(wrong)).db.close();
    expect(await restore(wrong, folder, "--force")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/and here is only \w+/),
    });
    const key = join(machine.dataDir, "master.key");
    expect(await restore(wrong, folder, "--force", "--key-file", key)).toMatchObject({ exitCode: 0 });
    expect(await wrong.maintain("rotate", "master-key")).toMatchObject({ exitCode: 0 });
    expect(await restore(other, folder, "--key-file", key)).toMatchObject({ exitCode: 0 });
    expect((await stat(join(machine.dataDir, "other", "master.key"))).mode & 0o777).toBe(0o600);
  });

  it.each([
    [
      "a byte of the database",
      /not the one its manifest names/,
      (folder: string) => flip(join(folder, "switchboard.db"), 9_000),
    ],
    [
      "the length of the database",
      /not the one its manifest names/,
      (folder: string) => appendFile(join(folder, "switchboard.db"), "x"),
    ],
    [
      "the manifest",
      /manifest was changed/,
      (folder: string) => edit(join(folder, "manifest.json"), /"bots": 1/, '"bots": 2'),
    ],
    ["the manifest's form", /not a manifest/, (folder: string) => writeFile(join(folder, "manifest.json"), "{}")],
    ["that there is a manifest", /is no backup/, (folder: string) => rm(join(folder, "manifest.json"))],
  ])("refuses a backup when somebody changed %s, and leaves everything as it is", async (_what, says, change) => {
    const { machine, folder, ctx, botId } = await backedUp();
    await change(folder);
    const names = await readdir(machine.dataDir);
    const run = await restore(machine, "backup", "--force");
    expect(run).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringMatching(says) });
    expect(await readdir(machine.dataDir)).toEqual(names);
    expect(await readSession(ctx, botId)).toHaveLength(5);
  });

  it("in place ends the leases of a database that somebody copied by hand", async () => {
    const { machine, ctx, botId, folder } = await backedUp();
    await ctx.db.close();
    for (const end of ["", "-wal", "-shm"]) await rm(join(machine.dataDir, `switchboard.db${end}`), { force: true });
    await cp(join(folder, "switchboard.db"), join(machine.dataDir, "switchboard.db"));
    expect(await restore(machine, "--in-place")).toMatchObject({ exitCode: 0 });
    expect(await custodyOf(await open(machine), botId)).toMatchObject({ state: "free", isClean: false });
    expect(await machine.maintain("restore")).toMatchObject({ exitCode: 2 });
  });
});

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

const edit = async (path: string, from: RegExp, to: string): Promise<void> =>
  writeFile(path, (await readFile(path, "utf8")).replace(from, to));
