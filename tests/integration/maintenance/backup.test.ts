import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { audit } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { backedUp, open, restore } from "./backed-up.ts";
import { machineIn, readSession, writeSession } from "./support.ts";

describe("a backup", () => {
  it("is a checked copy with a manifest, for its owner only, and lacks the master key", async () => {
    const { machine, folder, run } = await backedUp();
    expect(await readdir(folder)).toEqual(["manifest.json", "switchboard.db"]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"))).toMatchObject({
      source: "file",
      isMasterKeyIncluded: false,
      counts: { bots: 1, auth_records: 5 },
    });
    expect(run.stdout).toContain("which is not in it");
    const key = (await readFile(join(machine.dataDir, "master.key"), "utf8")).trim();
    for (const name of await readdir(folder)) expect(await readFile(join(folder, name), "latin1")).not.toContain(key);
  });

  it("has the master key only when that is asked for, and then says so loudly", async () => {
    const { machine, folder, run } = await backedUp("--with-key");
    expect(run.stderr).toContain("THE MASTER KEY IS IN THE BACKUP");
    expect(await readFile(join(folder, "master.key"), "utf8")).toBe(
      await readFile(join(machine.dataDir, "master.key"), "utf8"),
    );
  });

  it("is of one moment while a session is written, and is noted in the audit", async () => {
    const { machine, ctx, botId } = await backedUp();
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; isWriting; round += 1) await writeSession(ctx, botId, 4, `round ${round}`);
    })();
    expect(await machine.maintain("backup", "second")).toMatchObject({ exitCode: 0 });
    isWriting = false;
    await writing;
    const other = machineIn(join(machine.dataDir, "other"));
    expect(await restore(other, "../second", "--key-file", "../master.key")).toMatchObject({ exitCode: 0 });
    expect(
      new Set((await readSession(await open(other), botId)).map((text) => text.replace(/[{}"]|text|:/g, ""))).size,
    ).toBe(1);
    const rows = await ctx.db.reader.select().from(audit).where(eq(audit.action, "installation.back-up"));
    expect(rows).toHaveLength(2);
  });

  it("overwrites nothing, and leaves nothing behind when it fails", async () => {
    const { machine } = await backedUp();
    const names = await readdir(machine.dataDir);
    expect(await machine.maintain("backup", "backup")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/overwrites nothing/),
    });
    expect(await readdir(machine.dataDir)).toEqual(names);
  });
});
