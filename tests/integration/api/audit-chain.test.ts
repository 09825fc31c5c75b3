import type { ServiceContext } from "@switchboard/core/context";
import { toHex } from "@switchboard/core/crypto/bytes";
import { CHECKPOINT_MS } from "@switchboard/core/domain/audit-chain";
import { toCheckpoint, writeCheckpoint } from "@switchboard/core/services/audit/checkpoints";
import { type AuditVerification, verifyAudit } from "@switchboard/core/services/audit/verify-audit";
import { writeAudit } from "@switchboard/core/services/records";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { auditTriggers, nextAuditRows, readCheckpoints } from "@switchboard/db/queries/audit-chain";
import type { Transaction } from "@switchboard/db/types";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRandom } from "../../signal-durability/random.ts";
import { type AuditContents, attacks } from "./support/audit-attacks.ts";

const ROWS_PER_CHECKPOINT = 6;
const CHECKPOINTS = 3;
const ROWS = ROWS_PER_CHECKPOINT * CHECKPOINTS;
const ATTACKS = 1_000;

let test: TestContext;
let ctx: ServiceContext;
let honest: AuditContents;

beforeAll(async () => {
  test = await createTestContext();
  const request = { id: "req_one", address: "203.0.113.5", userAgent: "curl/8" };
  ctx = test.as({ kind: "system", name: "test" }, { request });
  for (let batch = 0; batch < CHECKPOINTS; batch++) await writeSigned();
  const rows = await nextAuditRows(test.db.reader, 0, 1_000);
  honest = {
    rows: rows.map(({ previousHash, hash, ...row }) => ({
      ...row,
      previousHash: previousHash && toHex(previousHash),
      hash: hash && toHex(hash),
    })),
    checkpoints: (await readCheckpoints(test.db.reader)).map(toCheckpoint),
    counted: ROWS,
    triggers: auditTriggers,
  };
});
afterAll(() => test.dispose());

/** Some rows, and a signed head at the last. */
async function writeSigned(): Promise<void> {
  for (let row = 0; row < ROWS_PER_CHECKPOINT; row++) {
    test.clock.advanceMs(1_000);
    const entry = { action: "bot.update", objectId: `bot_${row}`, teamId: null, detail: { name: `${row}` } } as const;
    await test.db.write((tx) => writeAudit(tx, ctx, entry));
  }
  test.clock.advanceMs(CHECKPOINT_MS);
  expect(await writeCheckpoint(ctx)).toBe(true);
}

describe("an attack", () => {
  it(`is found, whichever of ${ATTACKS} it is`, async () => {
    const names = Object.keys(attacks);
    const missed: string[] = [];
    for (let seed = 0; seed < ATTACKS; seed++) {
      const name = names[seed % names.length] ?? "";
      const contents = (await attacks[name]?.(honest, makeRandom(seed))) ?? honest;
      if ((await verifyWith(contents)).isWhole) missed.push(`${name}, seed ${seed}`);
    }
    expect(missed).toEqual([]);
  });

  it("leaves nothing to find where there was none", async () => {
    expect(await verifyWith(honest)).toMatchObject({ isWhole: true, rows: ROWS, findings: [], copiedCheckpoints: 4 });
    expect(await verifyAudit(ctx, { copies: copies() })).toMatchObject({ isWhole: true, rows: ROWS });
  });

  const named: readonly [attack: string, kinds: readonly string[]][] = [
    ["edits a row", ["row-changed"]],
    ["edits a row and hashes it anew", ["link-broken", "checkpoint-mismatch"]],
    ["edits a row and hashes all after it anew", ["checkpoint-mismatch"]],
    ["edits a row, hashes anew and has the checkpoints say so", ["checkpoint-forged", "checkpoint-mismatch"]],
    ["removes rows in the middle", ["rows-missing"]],
    ["cuts off the end", ["truncated"]],
    ["puts everything back to an earlier state", ["rolled-back"]],
    ["puts everything back and goes on from there", ["rolled-back", "checkpoint-mismatch"]],
    ["cuts off the end and writes other rows in their place", ["checkpoint-mismatch"]],
    ["exchanges what two rows say", ["row-changed"]],
    ["takes the hashes from rows, and the checkpoints after them", ["row-unhashed"]],
    ["removes checkpoints", ["checkpoint-missing", "beginning-missing"]],
    ["marks a checkpoint as pruned and removes the rows up to it", ["checkpoint-forged"]],
    ["drops a trigger", ["trigger-missing"]],
    ["makes a trigger another one", ["trigger-missing"]],
    ["removes everything", ["rolled-back"]],
  ];
  it.each(named)("that %s is called what it is", async (attack, kinds) => {
    const contents = await attacks[attack]?.(honest, makeRandom(7));
    const { findings } = await verifyWith(contents ?? honest);
    expect(findings.filter(({ kind }) => kinds.includes(kind))).not.toEqual([]);
  });

  it("on rows after the last checkpoint is found by the chain alone, as long as it is not hashed anew", async () => {
    const copied = { checkpoints: honest.checkpoints.slice(0, -1), unreadable: [] };
    const unsigned = { ...honest, checkpoints: copied.checkpoints };
    expect(await verifyWith(unsigned, copied)).toMatchObject({ isWhole: true, unsignedRows: ROWS_PER_CHECKPOINT });
    const rows = honest.rows.map((row) => (row.sequence === ROWS - 1 ? { ...row, outcome: "denied" } : row));
    const { findings } = await verifyWith({ ...unsigned, rows }, copied);
    expect(findings).toMatchObject([{ kind: "row-changed", sequence: ROWS - 1 }]);
  });
});

const copies = () => ({ checkpoints: honest.checkpoints, unreadable: [] });

/** Looks at other contents inside a transaction that is given up: the database stays what it is. */
async function verifyWith(contents: AuditContents, known = copies()): Promise<AuditVerification> {
  const answer: { result?: AuditVerification } = {};
  const givenUp = new Error("given up");
  const looking = test.db.write(async (tx) => {
    await putIn(tx, contents);
    answer.result = await verifyAudit({ ...ctx, db: { ...ctx.db, reader: tx } }, { copies: known });
    throw givenUp;
  });
  await expect(looking).rejects.toBe(givenUp);
  if (!answer.result) throw new Error("nothing was looked at");
  return answer.result;
}

async function putIn(tx: Transaction, { rows, checkpoints, counted, triggers }: AuditContents): Promise<void> {
  for (const name of Object.keys(auditTriggers)) await tx.run(sql.raw(`drop trigger ${name}`));
  await tx.run(sql`delete from audit`);
  await tx.run(sql`delete from audit_checkpoints`);
  await tx.run(sql`insert into audit select value->>'sequence', value->>'id', value->>'atMs', value->>'teamId', value->>'actorKind',
    value->>'actorId', value->>'action', value->>'objectKind', value->>'objectId', value->>'botId', value->>'outcome',
    value->>'address', value->>'userAgent', value->>'requestId', value->>'detail', unhex(value->>'previousHash'),
    unhex(value->>'hash') from json_each(${JSON.stringify(rows)})`);
  await tx.run(sql`insert into audit_checkpoints select value->>'sequence', unhex(value->>'hash'), unhex(value->>'mac'),
    value->>'atMs', value->>'prunedAtMs' from json_each(${JSON.stringify(checkpoints)})`);
  await tx.run(sql`update sqlite_sequence set seq = ${counted} where name = 'audit'`);
  for (const text of Object.values(triggers)) await tx.run(sql.raw(text));
}
