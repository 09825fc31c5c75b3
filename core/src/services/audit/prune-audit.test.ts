import { auditTriggers } from "@switchboard/db/queries/audit-chain";
import { audit, auditCheckpoints } from "@switchboard/db/schema";
import { asc, sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ServiceContext } from "../../context.ts";
import { CHECKPOINT_MS } from "../../domain/audit-chain.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { writeAudit } from "../records.ts";
import { cleanupExpired } from "../system/cleanup.ts";
import { readUncopiedCheckpoints, toCheckpoint, writeCheckpoint } from "./checkpoints.ts";
import { pruneAudit } from "./prune-audit.ts";
import { verifyAudit } from "./verify-audit.ts";

const DAY_MS = 86_400_000;
const RETENTION_DAYS = 30;

let test: TestContext;
let ctx: ServiceContext;
beforeEach(async () => {
  test = await createTestContext({ auditRetentionDays: RETENTION_DAYS });
  ctx = test.as({ kind: "system", name: "test" });
});
afterEach(() => test.dispose());

const sequences = async () =>
  (await test.db.reader.select({ sequence: audit.sequence }).from(audit).orderBy(asc(audit.sequence))).map(
    ({ sequence }) => sequence,
  );
const checkpoints = async () => (await test.db.reader.select().from(auditCheckpoints)).map(toCheckpoint);
const verify = () => verifyAudit(ctx, { copies: null });

/** Some rows and a checkpoint at the last one. */
async function writeSigned(count: number) {
  await test.db.write(async (tx) => {
    for (let index = 0; index < count; index++)
      await writeAudit(tx, ctx, { action: "bot.update", objectId: "bot_x", teamId: null });
  });
  test.clock.advanceMs(CHECKPOINT_MS);
  expect(await writeCheckpoint(ctx)).toBe(true);
}

it("removes rows past their retention up to a checkpoint, and the chain begins there", async () => {
  await writeSigned(3);
  await writeSigned(2);
  test.clock.advanceMs(10 * DAY_MS);
  await writeSigned(2);
  test.clock.advanceMs((RETENTION_DAYS - 9) * DAY_MS);
  expect(await pruneAudit(ctx)).toBe(5);
  expect(await sequences()).toEqual([6, 7, 8]);
  expect(await checkpoints()).toMatchObject([
    { sequence: 5, prunedAtMs: test.clock.nowMs() },
    { sequence: 7, prunedAtMs: null },
  ]);
  expect(await verify()).toMatchObject({ isWhole: true, rows: 3, beginsAfter: 5, unchainedRows: 0 });
});

it("is itself in the audit, and goes once a day: each pruning would bring about another", async () => {
  await writeSigned(2);
  test.clock.advanceMs((RETENTION_DAYS + 1) * DAY_MS - CHECKPOINT_MS - 1);
  expect(await pruneAudit(ctx)).toBe(0);
  test.clock.advanceMs(1);
  expect(await pruneAudit(ctx)).toBe(2);
  expect(await pruneAudit(ctx)).toBe(0);
  const [row] = await test.db.reader.select().from(audit);
  expect(row).toMatchObject({
    action: "audit.prune",
    actorKind: "system",
    actorId: "cleanup",
    objectId: "2",
    detail: { rows: 2 },
  });
});

it("keeps rows after the last checkpoint, however old, and rows before it that are young", async () => {
  await writeSigned(1);
  await test.db.write((tx) => writeAudit(tx, ctx, { action: "bot.update", objectId: "bot_late", teamId: null }));
  test.clock.advanceMs(2 * RETENTION_DAYS * DAY_MS);
  expect(await pruneAudit(ctx)).toBe(1);
  expect(await sequences()).toEqual([2, 3]);
});

it("goes in steps, and several processes at once remove each row once", async () => {
  for (let batch = 0; batch < 4; batch++) await writeSigned(200);
  test.clock.advanceMs((RETENTION_DAYS + 2) * DAY_MS);
  const removed = await Promise.all([pruneAudit(ctx), pruneAudit({ ...ctx, db: await test.openAgain() })]);
  expect(removed.reduce((sum, count) => sum + count, 0)).toBe(800);
  const rows = await test.db.reader.select({ detail: audit.detail }).from(audit);
  expect(rows.map(({ detail }) => detail)).toEqual([{ rows: 400 }, { rows: 400 }]);
  expect(await verify()).toMatchObject({ isWhole: true, rows: 2, beginsAfter: 800 });
});

/** Rows as an older version left them: no chain, and one checkpoint for all of them. */
async function writeUnchained(count: number): Promise<void> {
  await test.db.write(async (tx) => {
    await tx.run(sql`drop trigger audit_only_appends`);
    await tx.run(sql`with recursive serial(n) as (select 1 union all select n + 1 from serial where n < ${count})
      insert into audit (id, at_ms, actor_kind, action, object_kind, outcome, detail)
      select 'aud_old' || n, ${test.clock.nowMs()}, 'system', 'bot.update', 'bot', 'success', '{}' from serial`);
    await tx.run(sql.raw(auditTriggers.audit_only_appends ?? ""));
  });
}

/** A context that lets this many transactions through and notes how many rows there were before each. */
function stoppedAfter(steps: number) {
  const counts: number[] = [];
  const write: ServiceContext["db"]["write"] = async (work) => {
    counts.push((await sequences()).length);
    if (counts.length > steps) throw new Error("the process ended");
    return test.db.write(work);
  };
  return { ctx: { ...ctx, db: { ...test.db, write } }, counts };
}

it("removes rows from before the chain 500 at a time, and a pruning that was ended is gone on with", async () => {
  await writeUnchained(1_200);
  await writeSigned(1);
  test.clock.advanceMs((RETENTION_DAYS + 1) * DAY_MS - CHECKPOINT_MS);
  const ended = stoppedAfter(1);
  await expect(pruneAudit(ended.ctx)).rejects.toThrow("the process ended");
  expect(ended.counts).toEqual([1_201, 702]);
  expect(await verify()).toMatchObject({ isWhole: true, beginsAfter: 1_200, unchainedRows: 700 });
  const [pruned] = await checkpoints();
  expect(await pruneAudit(ctx)).toBe(701);
  const left = await test.db.reader.select({ detail: audit.detail }).from(audit);
  expect(left.map(({ detail }) => detail)).toEqual([
    { rows: 500, left: 700 },
    { rows: 500, left: 200 },
    { rows: 200 },
    { rows: 1 },
  ]);
  expect(pruned).toMatchObject({ sequence: 1_200, prunedAtMs: expect.any(Number) });
  expect(await verify()).toMatchObject({ isWhole: true, beginsAfter: 1_201, unchainedRows: 0 });
});

it("leaves as many rows for later as it says: one more was put in from outside", async () => {
  await writeUnchained(1_200);
  await writeSigned(1);
  test.clock.advanceMs((RETENTION_DAYS + 1) * DAY_MS);
  await expect(pruneAudit(stoppedAfter(1).ctx)).rejects.toThrow("the process ended");
  await test.db.write(async (tx) => {
    await tx.run(sql`drop trigger audit_only_appends`);
    await tx.run(sql`insert into audit (sequence, id, at_ms, actor_kind, action, object_kind, outcome, detail)
      values (7, 'aud_new', 1, 'system', 'bot.update', 'bot', 'success', '{}')`);
    await tx.run(sql.raw(auditTriggers.audit_only_appends ?? ""));
  });
  expect((await verify()).findings).toMatchObject([
    { kind: "row-before-beginning", message: expect.stringMatching(/^1 rows/) },
  ]);
});

it("is part of the cleanup, which signs the head as well", async () => {
  await writeSigned(2);
  test.clock.advanceMs((RETENTION_DAYS + 1) * DAY_MS);
  expect(await cleanupExpired(ctx)).toMatchObject({ purged: 2 });
  test.clock.advanceMs(CHECKPOINT_MS);
  await cleanupExpired(ctx);
  expect((await checkpoints()).map(({ sequence }) => sequence)).toEqual([2, 3]);
});

it("goes to a copy of the checkpoints, which then tells of it", async () => {
  await writeSigned(2);
  const before = await readUncopiedCheckpoints(ctx, { sequence: -1, prunedAtMs: 0 });
  test.clock.advanceMs((RETENTION_DAYS + 1) * DAY_MS);
  await pruneAudit(ctx);
  const after = await readUncopiedCheckpoints(ctx, { sequence: 2, prunedAtMs: 0 });
  expect(after.checkpoints).toMatchObject([{ sequence: 2, prunedAtMs: test.clock.nowMs() }]);
  const copies = { checkpoints: [...before.checkpoints, ...after.checkpoints], unreadable: [] };
  expect(await verifyAudit(ctx, { copies })).toMatchObject({ isWhole: true });
});

it("cannot be had by marking a checkpoint without the audit key: the mark is signed", async () => {
  await writeSigned(2);
  await writeSigned(2);
  await test.db.write(async (tx) => {
    await tx.run(sql`update audit_checkpoints set pruned_at_ms = 5 where sequence = 2`);
    await tx.run(sql`delete from audit_checkpoints where sequence < 2`);
    await tx.run(sql`delete from audit where sequence <= 2`);
  });
  expect((await verify()).findings).toMatchObject([{ kind: "checkpoint-forged", sequence: 2 }]);
});
