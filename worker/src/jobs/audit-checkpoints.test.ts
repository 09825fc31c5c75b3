import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKPOINT_ROWS } from "@switchboard/core/domain/audit-chain";
import { verifyAudit } from "@switchboard/core/services/audit/verify-audit";
import { writeAudit } from "@switchboard/core/services/records";
import { workerContext } from "@switchboard/core/testing/factories";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { readCheckpointFiles } from "@switchboard/host/audit-checkpoint-files";
import type { Logger } from "@switchboard/host/logger";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createCheckpointJob } from "./audit-checkpoints.ts";

let test: TestContext;
let folder: string;
let errors: unknown[];
beforeEach(async () => {
  test = await createTestContext();
  folder = await mkdtemp(join(tmpdir(), "switchboard-checkpoint-job-"));
  errors = [];
});
afterEach(async () => {
  await test.dispose();
  await rm(folder, { recursive: true });
});

const ctx = (of = test) => workerContext(of);
const logger = { error: (fields: unknown) => errors.push(fields) } as unknown as Logger;
const job = (of = test) => createCheckpointJob({ ctx: ctx(of), folder, logger });
const sequences = async () => (await readCheckpointFiles(folder))?.checkpoints.map(({ sequence }) => sequence);

function write(count: number, of = test) {
  return of.db.write(async (tx) => {
    for (let row = 0; row < count; row++)
      await writeAudit(tx, ctx(of), { action: "bot.update", objectId: "bot_x", teamId: null });
  });
}

it("signs what is due and copies every checkpoint once, also those of other processes", async () => {
  const run = job();
  await run();
  expect(await sequences()).toBeUndefined();
  await write(CHECKPOINT_ROWS);
  await run();
  await run();
  expect(await sequences()).toEqual([0, CHECKPOINT_ROWS]);
  await write(CHECKPOINT_ROWS);
  await job()();
  await run();
  expect(new Set(await sequences())).toEqual(new Set([0, CHECKPOINT_ROWS, 2 * CHECKPOINT_ROWS]));
  expect(await verifyAudit(ctx(), { copies: await readCheckpointFiles(folder) })).toMatchObject({ isWhole: true });
});

it("goes on after a restart where the copy ended", async () => {
  await write(CHECKPOINT_ROWS);
  await job()();
  await write(CHECKPOINT_ROWS);
  await job()();
  expect(await sequences()).toEqual([0, CHECKPOINT_ROWS, 2 * CHECKPOINT_ROWS]);
});

it("says once that the database is older than the copy, and leaves the copy as it is", async () => {
  await write(CHECKPOINT_ROWS);
  await job()();
  const putBack = await createTestContext();
  try {
    await write(1, putBack);
    const run = job(putBack);
    await run();
    await run();
    expect(errors).toEqual([{ sequence: CHECKPOINT_ROWS }]);
    expect(await sequences()).toEqual([0, CHECKPOINT_ROWS]);
  } finally {
    await putBack.dispose();
  }
});
