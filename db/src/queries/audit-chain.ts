import { and, asc, desc, eq, getTableColumns, gt, gte, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import { audit, auditCheckpoints } from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";

/** A row of the audit that is about to be written, with everything but its place in the chain. */
export type NewAuditRow = Omit<typeof audit.$inferInsert, "sequence" | "previousHash" | "hash">;

/** A checkpoint as its row holds it. */
export type AuditCheckpointRow = typeof auditCheckpoints.$inferSelect;

/**
 * The triggers that make the audit append-only, by name, as the database keeps them. Whoever rebuilds one of the tables
 * in a migration makes them again. They keep mistakes out; whoever owns the database can drop them, which is why the
 * rows are chained besides.
 */
export const auditTriggers: Readonly<Record<string, string>> = {
  audit_only_appends: `CREATE TRIGGER audit_only_appends BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE sequence >= NEW.sequence OR id = NEW.id)
  OR NEW.previous_hash IS NOT coalesce((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), NEW.previous_hash)
  OR (NEW.hash IS NULL AND EXISTS (SELECT 1 FROM audit_checkpoints))
BEGIN
  SELECT RAISE(ABORT, 'the audit is append only and a new row follows the last one of the chain');
END`,
  audit_no_update: `CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit is append only and its rows are never changed');
END`,
  audit_no_delete: `CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE sequence >= OLD.sequence AND pruned_at_ms IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'the audit is append only and its rows go only up to a pruned checkpoint');
END`,
  audit_checkpoints_no_replace: `CREATE TRIGGER audit_checkpoints_no_replace BEFORE INSERT ON audit_checkpoints
WHEN EXISTS (SELECT 1 FROM audit_checkpoints WHERE sequence >= NEW.sequence)
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint of the audit is later than all that there are');
END`,
  audit_checkpoints_no_update: `CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
WHEN OLD.pruned_at_ms IS NOT NULL OR NEW.pruned_at_ms IS NULL
  OR NEW.sequence <> OLD.sequence OR NEW.hash <> OLD.hash OR NEW.at_ms <> OLD.at_ms
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint of the audit is only ever marked as pruned');
END`,
  audit_checkpoints_no_delete: `CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints
WHEN NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE sequence > OLD.sequence AND pruned_at_ms IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint of the audit goes only before a pruned one');
END`,
};

/** The last row of the audit; null in an empty one. `lastSequence` is the greatest number that was ever given out. */
export async function readAuditHead(reader: Pick<Reader, "select">) {
  const [head] = await reader
    .select({ sequence: audit.sequence, hash: audit.hash, lastSequence })
    .from(audit)
    .orderBy(desc(audit.sequence))
    .limit(1);
  return head ?? null;
}

/** SQLite's own count of an AUTOINCREMENT column; it is undone with the transaction that raised it. */
const lastSequence = sql<number | null>`(select seq from sqlite_sequence where name = 'audit')`;

/** The greatest sequence that the audit ever gave out; 0 before the first row. */
export async function readLastAuditSequence(reader: Pick<Reader, "all">): Promise<number> {
  const [row] = await reader.all<{ seq: number }>(sql`select seq from sqlite_sequence where name = 'audit'`);
  return row?.seq ?? 0;
}

/** Rows after `sequence` in their order, at most `limit`, with the text of `detail` as it is stored. */
export const nextAuditRows = (reader: Pick<Reader, "select">, sequence: number, limit: number) =>
  reader
    .select({ ...getTableColumns(audit), detail: sql<string>`${audit.detail}` })
    .from(audit)
    .where(gt(audit.sequence, sequence))
    .orderBy(asc(audit.sequence))
    .limit(limit);

/** How many rows there are up to `sequence`, and how many of them are part of a chain. */
export const countAuditUpTo = (reader: Pick<Reader, "select">, sequence: number) =>
  reader
    .select({ rows: sql<number>`count(*)`, hashed: sql<number>`count(${audit.hash})` })
    .from(audit)
    .where(lte(audit.sequence, sequence));

/** All checkpoints, the oldest first. */
export const readCheckpoints = (reader: Pick<Reader, "select">) =>
  reader.select().from(auditCheckpoints).orderBy(asc(auditCheckpoints.sequence));

/** The newest checkpoint; no row before the chain began. */
export const newestCheckpoint = (reader: Pick<Reader, "select">) =>
  reader.select().from(auditCheckpoints).orderBy(desc(auditCheckpoints.sequence)).limit(1);

/** Checkpoints that were made, or marked as pruned, after what a copy has; the oldest first, at most `limit`. */
export const checkpointsSince = (
  reader: Pick<Reader, "select">,
  copied: { readonly sequence: number; readonly prunedAtMs: number },
  limit: number,
) =>
  reader
    .select()
    .from(auditCheckpoints)
    .where(or(gt(auditCheckpoints.sequence, copied.sequence), gt(auditCheckpoints.prunedAtMs, copied.prunedAtMs)))
    .orderBy(asc(auditCheckpoints.sequence))
    .limit(limit);

/** The triggers of the audit that the database has, with their text. */
export const readAuditTriggers = (reader: Pick<Reader, "all">) =>
  reader.all<{ name: string; text: string }>(
    sql`select name, sql as text from sqlite_master where type = 'trigger' and tbl_name in ('audit', 'audit_checkpoints')`,
  );

/** How far the audit may be pruned. */
export interface PruneSpan {
  /** Rows of this instant or earlier may go. */
  readonly untilMs: number;
  /** Nothing goes before the oldest row is of this instant or earlier. */
  readonly dueMs: number;
  /** Rows of one step, which ends at a checkpoint where one lies among them. */
  readonly rows: number;
}

/**
 * The checkpoint up to which one step of pruning may remove rows; null when nothing is due. Guarantee: every row up to it is
 * of `untilMs` or earlier. One that is marked as pruned and has rows before it yet comes first: an earlier step did not get to its end. Example: rows 1 to 900 are old, checkpoints at 400, 800 and 1,000, step 500: the one at 400.
 */
export async function findPruneCheckpoint(tx: Transaction, span: PruneSpan): Promise<AuditCheckpointRow | null> {
  const first = tx.select({ sequence: audit.sequence, atMs: audit.atMs }).from(audit);
  const [oldest] = await first.orderBy(asc(audit.sequence)).limit(1);
  if (!oldest) return null;
  const isBegun = and(isNotNull(auditCheckpoints.prunedAtMs), gte(auditCheckpoints.sequence, oldest.sequence));
  const [begun] = await tx.select().from(auditCheckpoints).where(isBegun).limit(1);
  if (begun) return begun;
  if (oldest.atMs > span.dueMs) return null;
  const [young] = await tx
    .select({ sequence: audit.sequence })
    .from(audit)
    .where(gt(sql`+${audit.atMs}`, span.untilMs))
    .orderBy(asc(audit.sequence))
    .limit(1);
  const isOld = and(
    gte(auditCheckpoints.sequence, oldest.sequence),
    young ? lt(auditCheckpoints.sequence, young.sequence) : undefined,
    isNull(auditCheckpoints.prunedAtMs),
  );
  const candidates = () => tx.select().from(auditCheckpoints);
  const isNear = lt(auditCheckpoints.sequence, oldest.sequence + span.rows);
  const near = await candidates().where(and(isOld, isNear)).orderBy(desc(auditCheckpoints.sequence)).limit(1);
  if (near[0]) return near[0];
  const [next] = await candidates().where(isOld).orderBy(asc(auditCheckpoints.sequence)).limit(1);
  return next ?? null;
}

/** Rows that a step of pruning removes. */
export interface PrunePart {
  readonly rows: number;
  /** The last of them; null: there is none. */
  readonly last: number | null;
  /** Rows up to the checkpoint that stay for the next step, at the most. */
  readonly left: number;
}

/** The oldest rows up to `sequence`, at most `limit`. Example: rows 1 to 900, up to 800, 500 of them: `{rows: 500, last: 500, left: 300}`. */
export async function findPrunePart(tx: Transaction, sequence: number, limit: number): Promise<PrunePart> {
  const rows = await tx
    .select({ sequence: audit.sequence })
    .from(audit)
    .where(lte(audit.sequence, sequence))
    .orderBy(asc(audit.sequence))
    .limit(limit);
  const last = rows.at(-1)?.sequence ?? null;
  return { rows: rows.length, last, left: last === null || rows.length < limit ? 0 : sequence - last };
}

/** How many rows up to `sequence` the newest pruning there left for the next step, by its own row of the audit. */
export async function readRowsLeft(reader: Pick<Reader, "select">, sequence: number): Promise<number> {
  const [row] = await reader
    .select({ left: sql<number | null>`${audit.detail} ->> '$.left'` })
    .from(audit)
    .where(and(eq(audit.action, "audit.prune"), eq(audit.objectId, String(sequence)), gt(audit.sequence, sequence)))
    .orderBy(desc(audit.sequence))
    .limit(1);
  return row?.left ?? 0;
}

/** Marks a checkpoint as pruned. It stands for the rows up to it from then on, and the triggers let them go. */
export async function markPruned(tx: Transaction, { sequence, prunedAtMs, mac }: AuditCheckpointRow): Promise<void> {
  await tx.update(auditCheckpoints).set({ prunedAtMs, mac }).where(eq(auditCheckpoints.sequence, sequence));
}

/**
 * Removes the rows up to `last` and the checkpoints before the pruned one at `sequence`, as the triggers allow. Call it in one
 * transaction with the audit row that tells of it. Answers how many rows went.
 */
export async function pruneUpTo(tx: Transaction, sequence: number, last: number): Promise<number> {
  // First the checkpoints: then the trigger on rows finds the pruned one at its first look.
  await tx.delete(auditCheckpoints).where(lt(auditCheckpoints.sequence, sequence));
  const { rowsAffected } = await tx.delete(audit).where(lte(audit.sequence, Math.min(last, sequence)));
  return rowsAffected;
}
