import {
  auditTriggers,
  countAuditUpTo,
  nextAuditRows,
  readAuditHead,
  readAuditTriggers,
  readCheckpoints,
  readLastAuditSequence,
  readRowsLeft,
} from "@switchboard/db/queries/audit-chain";
import type { ServiceContext } from "../../context.ts";
import { hashAuditRow } from "../../crypto/audit-chain.ts";
import { copyBytes, fromHex, toHex } from "../../crypto/bytes.ts";
import {
  type AuditCheckpoint,
  type AuditFinding,
  beginningOf,
  CHAIN_BEGINNING,
  type ChainPlace,
  judgeRow,
  placeAfter,
  type WalkedRow,
} from "../../domain/audit-chain.ts";
import {
  type CheckpointCopies,
  findCopyDefects,
  findCounterDefects,
  findForged,
  findHashDefects,
} from "./checkpoint-defects.ts";
import { toCheckpoint } from "./checkpoints.ts";

/** What was looked at, and everything that is wrong. */
export interface AuditVerification {
  /** true when nothing was found. */
  readonly isWhole: boolean;
  /** Rows of the chain that were looked at. */
  readonly rows: number;
  /** Rows from before the chain: nothing says whether they were changed. */
  readonly unchainedRows: number;
  /** The row after which the chain begins; null where there is no chain yet. */
  readonly beginsAfter: number | null;
  /** The number of the last row; 0: there is none. */
  readonly lastSequence: number;
  /** Rows after the last checkpoint: who owns the database could still write them anew unseen. */
  readonly unsignedRows: number;
  readonly checkpoints: number;
  /** Checkpoints that copies outside the database have; null: there was no copy to compare with. */
  readonly copiedCheckpoints: number | null;
  /** The first ones; `findingCount` counts all. */
  readonly findings: readonly AuditFinding[];
  readonly findingCount: number;
}

/** How to look. */
export interface VerifyOptions {
  /** Read before the call, so that none is newer than what is looked at; null: there are none. */
  readonly copies: CheckpointCopies | null;
  /** Hears how many rows were looked at, of how many. */
  readonly onProgress?: (rows: number, of: number) => void;
  readonly signal?: AbortSignal;
}

const ROWS_AT_ONCE = 1_000;
const FINDINGS_MAX = 100;
/** Pruning under way takes rows from under the walk; then it looks again. */
const ATTEMPTS = 3;

type VerifyContext = Pick<ServiceContext, "db" | "keyring">;

/**
 * Walks the whole chain, checks every signature and compares with the copies of the checkpoints. Reads only, may run beside
 * a product at work, and authorises nobody: it is for who runs the machine. Rows after the last checkpoint are covered by
 * the chain alone, which whoever owns the database can compute anew.
 * @throws DatabaseBusyError, DatabaseUnavailableError; what `signal` was aborted with
 */
export async function verifyAudit(ctx: VerifyContext, options: VerifyOptions): Promise<AuditVerification> {
  for (let attempt = 1; ; attempt++) {
    const result = await verifyOnce(ctx, options);
    if (result.isWhole || attempt === ATTEMPTS || !(await hasMoved(ctx, result))) return result;
  }
}

async function hasMoved({ db }: VerifyContext, { beginsAfter }: AuditVerification): Promise<boolean> {
  const [oldest] = await readCheckpoints(db.reader).limit(1);
  return oldest !== undefined && oldest.sequence !== beginsAfter;
}

async function verifyOnce(ctx: VerifyContext, options: VerifyOptions): Promise<AuditVerification> {
  const state = await readState(ctx);
  const { head, checkpoints } = state;
  const beginning = beginningOf(checkpoints[0]);
  const findings = [
    ...(await findTriggerDefects(ctx)),
    ...(await findForged(ctx.keyring.auditKeys, checkpoints, "table")),
    ...(await findForged(ctx.keyring.auditKeys, options.copies?.checkpoints ?? [], "copy")),
    ...findCounterDefects(state),
    ...findCopyDefects(state, beginning, options.copies),
  ];
  const before = await countBefore(ctx, checkpoints, beginning);
  findings.push(...before.findings);
  const start = beginning ?? (await guessBeginning(ctx));
  const walked = start === null ? null : await walk(ctx, start, head, options, hashesOf(checkpoints, options.copies));
  findings.push(...(walked?.findings ?? []));
  if (beginning === null && walked !== null && walked.rows > 0) findings.unshift(BEGINNING_MISSING);
  return {
    isWhole: findings.length === 0,
    rows: walked?.rows ?? 0,
    unchainedRows: before.rows,
    beginsAfter: start?.sequence ?? null,
    lastSequence: head,
    unsignedRows: Math.max(0, head - (checkpoints.at(-1)?.sequence ?? head)),
    checkpoints: checkpoints.length,
    copiedCheckpoints: options.copies?.checkpoints.length ?? null,
    findings: findings.slice(0, FINDINGS_MAX),
    findingCount: findings.length,
  };
}

const BEGINNING_MISSING: AuditFinding = {
  kind: "beginning-missing",
  sequence: null,
  message: "No checkpoint says where the chain begins: rows before it may be gone.",
};

/** Checkpoints, head and SQLite's count at one moment. */
async function readState({ db }: VerifyContext) {
  const checkpoints = (await readCheckpoints(db.reader)).map(toCheckpoint);
  const head = await readAuditHead(db.reader);
  const counted = head?.lastSequence ?? (await readLastAuditSequence(db.reader));
  return { checkpoints, head: head?.sequence ?? 0, counted };
}

async function findTriggerDefects({ db }: VerifyContext): Promise<AuditFinding[]> {
  const found = new Map((await readAuditTriggers(db.reader)).map(({ name, text }) => [name, text]));
  const names = Object.keys(auditTriggers).filter((name) => found.get(name) !== auditTriggers[name]);
  return names.map((name) => ({
    kind: "trigger-missing",
    sequence: null,
    message: `The trigger ${name} is ${found.has(name) ? "another one than the product's" : "gone"}: the database does not keep the audit append-only.`,
  }));
}

/** What lies before the chain: rows that were never chained, or none since they were pruned, or are being pruned. */
async function countBefore({ db }: VerifyContext, [oldest]: readonly AuditCheckpoint[], beginning: ChainPlace | null) {
  if (beginning === null || !oldest) return { rows: 0, findings: [] };
  // In this order: a pruning under way leaves fewer rows than it said before.
  const left = await readRowsLeft(db.reader, beginning.sequence);
  const [count] = await countAuditUpTo(db.reader, beginning.sequence);
  const { rows = 0, hashed = 0 } = count ?? {};
  const unexpected = oldest.prunedAtMs === null ? hashed : Math.max(0, rows - left);
  const message = `${unexpected} rows stand up to row ${beginning.sequence}, where the chain begins: they were put in from outside the product.`;
  const finding: AuditFinding = { kind: "row-before-beginning", sequence: beginning.sequence, message };
  return { rows, findings: unexpected === 0 ? [] : [finding] };
}

/** Where the chain seems to begin when no checkpoint says so; null without any chained row. */
async function guessBeginning({ db }: VerifyContext): Promise<ChainPlace | null> {
  const rows = await nextAuditRows(db.reader, 0, 1);
  const [first] = rows;
  if (!first) return null;
  return { sequence: first.sequence - 1, hash: first.previousHash ? toHex(first.previousHash) : CHAIN_BEGINNING };
}

/** Every hash that was signed for a row, in the table or in a copy. */
function hashesOf(checkpoints: readonly AuditCheckpoint[], copies: CheckpointCopies | null) {
  const hashes = new Map<number, Set<string>>();
  for (const { sequence, hash } of [...checkpoints, ...(copies?.checkpoints ?? [])])
    hashes.set(sequence, (hashes.get(sequence) ?? new Set()).add(hash));
  return hashes;
}

async function walk(
  { db }: VerifyContext,
  start: ChainPlace,
  head: number,
  { onProgress, signal }: VerifyOptions,
  signed: ReadonlyMap<number, ReadonlySet<string>>,
) {
  const findings: AuditFinding[] = [];
  let place = start;
  let rows = 0;
  while (place.sequence < head) {
    signal?.throwIfAborted();
    const page = await Promise.all((await nextAuditRows(db.reader, place.sequence, ROWS_AT_ONCE)).map(toWalkedRow));
    for (const row of page.filter(({ sequence }) => sequence <= head)) {
      findings.push(...judgeRow(place, row), ...findHashDefects(signed.get(row.sequence), row));
      place = placeAfter(place, row);
      rows += 1;
    }
    if (page.length === 0) break;
    onProgress?.(rows, head - start.sequence);
  }
  return { rows, findings };
}

async function toWalkedRow(row: Awaited<ReturnType<typeof nextAuditRows>>[number]): Promise<WalkedRow> {
  const { sequence, previousHash, hash } = row;
  const before = previousHash === null ? fromHex(CHAIN_BEGINNING) : copyBytes(previousHash);
  return {
    sequence,
    previousHash: previousHash && toHex(previousHash),
    hash: hash && toHex(hash),
    computedHash: toHex(await hashAuditRow(before, row)),
  };
}
