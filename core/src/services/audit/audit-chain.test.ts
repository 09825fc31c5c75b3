import { auditTriggers, readAuditTriggers } from "@switchboard/db/queries/audit-chain";
import { audit, auditCheckpoints } from "@switchboard/db/schema";
import { asc, sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ServiceContext } from "../../context.ts";
import { CHAIN_BEGINNING, CHECKPOINT_MS, CHECKPOINT_ROWS } from "../../domain/audit-chain.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { writeAudit } from "../records.ts";
import { readUncopiedCheckpoints, toCheckpoint, writeCheckpoint } from "./checkpoints.ts";
import { verifyAudit } from "./verify-audit.ts";

let test: TestContext;
let ctx: ServiceContext;
beforeEach(async () => {
  test = await createTestContext();
  ctx = test.as({ kind: "system", name: "test" });
});
afterEach(() => test.dispose());

const rows = () => test.db.reader.select().from(audit).orderBy(asc(audit.sequence));
const checkpoints = async () =>
  (await test.db.reader.select().from(auditCheckpoints).orderBy(asc(auditCheckpoints.sequence))).map(toCheckpoint);
const verify = () => verifyAudit(ctx, { copies: null });

const entry = (objectId: string) => ({ action: "bot.update", objectId, teamId: null, detail: { name: "é" } }) as const;

function write(count: number, db = test.db) {
  return db.write(async (tx) => {
    for (let index = 0; index < count; index++) await writeAudit(tx, ctx, entry(`bot_${index}`));
  });
}

const run = (statement: ReturnType<typeof sql>) =>
  test.db.write(async (tx) => {
    await tx.run(statement);
  });

describe("the chain", () => {
  it("links every row to the one before, and is whole", async () => {
    await write(3);
    const written = await rows();
    expect(written.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(written[1]?.previousHash).toEqual(written[0]?.hash);
    expect(written[2]?.previousHash).toEqual(written[1]?.hash);
    expect(await verify()).toMatchObject({ isWhole: true, rows: 3, beginsAfter: 0, lastSequence: 3, unsignedRows: 3 });
  });

  it("begins after the rows from before it, and says so in a signed checkpoint", async () => {
    await run(sql`drop trigger audit_only_appends`);
    await run(sql`insert into audit (id, at_ms, actor_kind, action, object_kind, outcome, detail)
      values ('aud_old1', 1, 'system', 'bot.update', 'bot', 'success', '{}'), ('aud_old2', 2, 'system', 'bot.update', 'bot', 'success', '{}')`);
    await run(sql.raw(auditTriggers.audit_only_appends ?? ""));
    await write(2);
    expect((await rows()).map(({ hash }) => hash !== null)).toEqual([false, false, true, true]);
    expect(await checkpoints()).toMatchObject([{ sequence: 2, hash: CHAIN_BEGINNING, prunedAtMs: null }]);
    expect(await verify()).toMatchObject({ isWhole: true, rows: 2, unchainedRows: 2, beginsAfter: 2 });
  });

  it("is one chain when several processes write at once", async () => {
    const others = await Promise.all([test.openAgain(), test.openAgain()]);
    await Promise.all([test.db, ...others].flatMap((db) => Array.from({ length: 5 }, () => write(2, db))));
    expect(await verify()).toMatchObject({ isWhole: true, rows: 30, lastSequence: 30 });
  });

  it("has no gap where a transaction was rolled back", async () => {
    await write(1);
    const failed = test.db.write(async (tx) => {
      await writeAudit(tx, ctx, entry("bot_lost"));
      throw new Error("rolled back");
    });
    await expect(failed).rejects.toThrow("rolled back");
    await write(1);
    expect(await verify()).toMatchObject({ isWhole: true, rows: 2, lastSequence: 2 });
  });
});

describe("the triggers", () => {
  it("are in the database as the product knows them", async () => {
    const found = await readAuditTriggers(test.db.reader);
    expect(Object.fromEntries(found.map(({ name, text }) => [name, text]))).toEqual(auditTriggers);
  });

  it.each([
    ["an update", sql`update audit set detail = '{}'`, /never changed/],
    ["a deletion", sql`delete from audit where sequence = 2`, /only up to a pruned checkpoint/],
    [
      "a replacement",
      sql`insert or replace into audit select sequence, id, at_ms, team_id, actor_kind, actor_id, 'bot.stop', object_kind, object_id,
        bot_id, outcome, address, user_agent, request_id, detail, previous_hash, hash from audit where sequence = 2`,
      /append only/,
    ],
    [
      "a row that is not chained",
      sql`insert into audit (sequence, id, at_ms, actor_kind, action, object_kind, outcome, detail)
        values (4, 'aud_x', 1, 'system', 'bot.update', 'bot', 'success', '{}')`,
      /follows the last one/,
    ],
    [
      "a checkpoint that is put back",
      sql`insert into audit_checkpoints values (0, x'00', x'00', 1, null)`,
      /later than/,
    ],
    ["a checkpoint that is changed", sql`update audit_checkpoints set hash = x'00'`, /only ever marked/],
    ["a checkpoint that is removed", sql`delete from audit_checkpoints`, /goes only before a pruned one/],
  ])("refuse %s", async (_name, statement, rule) => {
    await write(3);
    await expect(run(statement)).rejects.toMatchObject({ kind: "trigger", rule: expect.stringMatching(rule) });
    expect(await verify()).toMatchObject({ isWhole: true, rows: 3 });
  });
});

describe("a checkpoint", () => {
  it("is due after a hundred rows, or a minute after the last one when there is a row", async () => {
    await write(CHECKPOINT_ROWS - 1);
    expect(await writeCheckpoint(ctx)).toBe(false);
    await write(1);
    expect(await writeCheckpoint(ctx)).toBe(true);
    test.clock.advanceMs(CHECKPOINT_MS);
    expect(await writeCheckpoint(ctx)).toBe(false);
    await write(1);
    expect(await writeCheckpoint(ctx)).toBe(true);
    expect((await checkpoints()).map(({ sequence }) => sequence)).toEqual([0, CHECKPOINT_ROWS, CHECKPOINT_ROWS + 1]);
    expect(await verify()).toMatchObject({ isWhole: true, unsignedRows: 0, checkpoints: 3 });
  });

  it("is made once when two processes want it", async () => {
    await write(CHECKPOINT_ROWS);
    const other = { ...ctx, db: await test.openAgain() };
    const made = await Promise.all([writeCheckpoint(ctx), writeCheckpoint(other)]);
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await checkpoints()).toHaveLength(2);
  });

  it("is not made where there is no chain", async () => {
    test.clock.advanceMs(CHECKPOINT_MS);
    expect(await writeCheckpoint(ctx)).toBe(false);
    expect(await verify()).toMatchObject({ isWhole: true, rows: 0, beginsAfter: null });
  });

  it("is given to a copy once, and a copy that is ahead is noticed", async () => {
    await write(CHECKPOINT_ROWS);
    await writeCheckpoint(ctx);
    const all = await readUncopiedCheckpoints(ctx, { sequence: -1, prunedAtMs: 0 });
    expect(all).toEqual({ checkpoints: await checkpoints(), isOlder: false });
    const none = { checkpoints: [], isOlder: false };
    expect(await readUncopiedCheckpoints(ctx, { sequence: CHECKPOINT_ROWS, prunedAtMs: 0 })).toEqual(none);
    expect(await readUncopiedCheckpoints(ctx, { sequence: CHECKPOINT_ROWS + 1, prunedAtMs: 0 })).toEqual({
      ...none,
      isOlder: true,
    });
  });
});
