import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { parseSettings } from "@switchboard/core/config/parse-settings";
import { CHECKPOINT_ROWS } from "@switchboard/core/domain/audit-chain";
import { toCheckpoint, writeCheckpoint } from "@switchboard/core/services/audit/checkpoints";
import { writeAudit } from "@switchboard/core/services/records";
import { migrateDatabase } from "@switchboard/db/migrate";
import { readCheckpoints } from "@switchboard/db/queries/audit-chain";
import { checkpointFolder, openCheckpointFile } from "@switchboard/host/audit-checkpoint-files";
import { openInstallation } from "@switchboard/host/open-installation";
import { type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maintenanceContext } from "../../../api/src/maintenance/machine.ts";
import { runMaintenance } from "../../../api/src/maintenance/run.ts";

let dataDir: string;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "switchboard-audit-verify-"));
  env = { DATA_DIR: dataDir };
  await migrateDatabase(`file:${dataDir}/switchboard.db`);
});
afterAll(() => rm(dataDir, { recursive: true }));

async function verify(...more: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const interrupted = new AbortController().signal;
  const terminal = { stdout, stderr, env, folder: dataDir, interrupted };
  const exitCode = await runMaintenance(["audit", "verify", ...more], terminal);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

type Context = ReturnType<typeof maintenanceContext>;

/** Works with the installation as a process of the product does. */
async function withInstallation(work: (ctx: Context) => Promise<void>): Promise<void> {
  const installation = await openInstallation(parseSettings(env));
  try {
    await work(maintenanceContext(installation));
  } finally {
    await installation.db.close();
  }
}

/** What somebody does who owns the database. */
const change = (...statements: SQL[]) =>
  withInstallation((ctx) =>
    ctx.db.write(async (tx) => {
      for (const statement of statements) await tx.run(statement);
    }),
  );

describe("maintain audit verify", () => {
  it("says that there is no chain where nothing was written yet", async () => {
    expect(await verify()).toMatchObject({ exitCode: 0, stdout: "There is no chained audit yet.\n" });
  });

  it("says that the audit is whole, what is not signed yet, and that there is no copy", async () => {
    await withInstallation(async (ctx) => {
      await ctx.db.write(async (tx) => {
        for (let row = 0; row <= CHECKPOINT_ROWS; row++)
          await writeAudit(tx, ctx, { action: "bot.update", objectId: "bot_x", teamId: null });
      });
      await writeCheckpoint(ctx);
      await ctx.db.write((tx) => writeAudit(tx, ctx, { action: "bot.update", objectId: "bot_y", teamId: null }));
    });
    const { exitCode, stdout } = await verify();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      `The audit is whole: ${CHECKPOINT_ROWS + 2} rows from 1 to ${CHECKPOINT_ROWS + 2}, 2 checkpoints.`,
    );
    expect(stdout).toContain("1 rows came after the last checkpoint");
    expect(stdout).toContain("There is no copy of the checkpoints");
  });

  it("compares with the copies in DATA_DIR", async () => {
    await withInstallation(async (ctx) => {
      const file = await openCheckpointFile(checkpointFolder(dataDir));
      await file.append((await readCheckpoints(ctx.db.reader)).map(toCheckpoint));
    });
    const { exitCode, stdout } = await verify("--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isWhole: true, copiedCheckpoints: 2, findings: [] });
  });

  it("names what was changed, and ends with 1", async () => {
    await change(sql`drop trigger audit_no_update`, sql`update audit set outcome = 'denied' where sequence = 7`);
    const { exitCode, stdout } = await verify();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/2 findings/);
    expect(stdout).toContain("row-changed: Row 7 does not say what it said");
    expect(stdout).toContain("trigger-missing: The trigger audit_no_update is gone");
    const json = await verify("--json");
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout).findings).toMatchObject([
      { kind: "trigger-missing" },
      { kind: "row-changed", sequence: 7 },
    ]);
  });
});
