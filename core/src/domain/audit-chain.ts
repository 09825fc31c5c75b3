/** What a row of the audit says, as it is hashed; `detail` is its JSON text as it is stored. */
export interface AuditRowContent {
  readonly sequence: number;
  readonly id: string;
  readonly atMs: number;
  readonly teamId: string | null;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string | null;
  readonly botId: string | null;
  readonly outcome: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  readonly detail: string;
}

/** A signed head of the chain, in the table or in a copy outside it; hashes and signatures in hexadecimal. */
export interface AuditCheckpoint {
  /** The row whose hash this is. */
  readonly sequence: number;
  readonly hash: string;
  readonly mac: string;
  readonly atMs: number;
  /** When the rows up to this one were removed; null: they are there. */
  readonly prunedAtMs: number | null;
}

/** A place in the chain: a row's number and its hash in hexadecimal. */
export type ChainPlace = Pick<AuditCheckpoint, "sequence" | "hash">;

/** The hash before the first row of a chain, in hexadecimal. */
export const CHAIN_BEGINNING = "00".repeat(32);

/** Rows after which a checkpoint is due, whatever the time. */
export const CHECKPOINT_ROWS = 100;

/** Time after which a checkpoint is due when there is any row after the last one. */
export const CHECKPOINT_MS = 60_000;

/** What can be wrong with an audit. */
export const auditFindingKinds = [
  /** The contents of a row are not what was hashed. */
  "row-changed",
  /** Numbers are missing between two rows. */
  "rows-missing",
  /** A row without a hash after the chain began. */
  "row-unhashed",
  /** A row follows another one than the row before it: rows were put in, exchanged or hashed anew. */
  "link-broken",
  /** A row where the chain says that none is left, or that none was chained. */
  "row-before-beginning",
  /** No checkpoint says where the chain begins. */
  "beginning-missing",
  /** A checkpoint that the audit key did not sign. */
  "checkpoint-forged",
  /** A row has another hash than the one that was signed: it and what led to it were written anew. */
  "checkpoint-mismatch",
  /** A copy has a checkpoint that the table lacks. */
  "checkpoint-missing",
  /** Rows at the end are gone. */
  "truncated",
  /** The database is older than the copies of its checkpoints: rows that existed are not there. */
  "rolled-back",
  /** A trigger that keeps the audit append-only is gone or another one. */
  "trigger-missing",
  /** A line of a copy that nobody can read. */
  "copy-unreadable",
] as const;

/** One kind; see {@link auditFindingKinds}. */
export type AuditFindingKind = (typeof auditFindingKinds)[number];

/** One thing that is wrong with an audit. */
export interface AuditFinding {
  readonly kind: AuditFindingKind;
  /** The row it is about, or the first one; null: no single row. */
  readonly sequence: number | null;
  /** What it means, as a sentence. */
  readonly message: string;
}

/** A row as the walk sees it; hashes in hexadecimal, null where the row has none. */
export interface WalkedRow {
  readonly sequence: number;
  readonly previousHash: string | null;
  readonly hash: string | null;
  /** The hash of the row's contents after its own `previousHash`. */
  readonly computedHash: string;
}

/**
 * The one text of a row: each field behind its length, null apart from empty, so that no two rows share a text. What is
 * added to a row some day needs another first word.
 */
export function canonicalAuditRow(row: AuditRowContent): string {
  const fields = [
    row.sequence,
    row.id,
    row.atMs,
    row.teamId,
    row.actorKind,
    row.actorId,
    row.action,
    row.objectKind,
    row.objectId,
    row.botId,
    row.outcome,
    row.address,
    row.userAgent,
    row.requestId,
    row.detail,
  ];
  return `audit-row-1;${fields.map(canonicalField).join("")}`;
}

function canonicalField(value: string | number | null): string {
  if (value === null) return "-;";
  const text = String(value);
  return `${text.length}:${text};`;
}

/** Whether a checkpoint is due at the head of a chain, after the last one. */
export function isCheckpointDue(
  last: Pick<AuditCheckpoint, "sequence" | "atMs">,
  headSequence: number,
  nowMs: number,
): boolean {
  const rows = headSequence - last.sequence;
  if (rows <= 0) return false;
  return rows >= CHECKPOINT_ROWS || nowMs - last.atMs >= CHECKPOINT_MS;
}

/** What is wrong with a row that comes after `place`. */
export function judgeRow(place: ChainPlace, row: WalkedRow): AuditFinding[] {
  const findings: AuditFinding[] = [];
  const { sequence } = row;
  if (sequence !== place.sequence + 1) findings.push(missing(place.sequence + 1, sequence - 1));
  if (row.hash === null) {
    const message = `Row ${sequence} has no hash: it was put in from outside the product.`;
    return [...findings, { kind: "row-unhashed", sequence, message }];
  }
  if (row.hash !== row.computedHash)
    findings.push({
      kind: "row-changed",
      sequence,
      message: `Row ${sequence} does not say what it said when it was written: it was edited or exchanged.`,
    });
  if (row.previousHash !== place.hash)
    findings.push({
      kind: "link-broken",
      sequence,
      message: `Row ${sequence} was written after another row than the one before it: rows were put in, removed, exchanged or hashed anew.`,
    });
  return findings;
}

/** The place after a row; a row without a hash leaves the chain where it was. */
export const placeAfter = (place: ChainPlace, { sequence, hash }: WalkedRow): ChainPlace => ({
  sequence,
  hash: hash ?? place.hash,
});

function missing(from: number, to: number): AuditFinding {
  const rows = from === to ? `Row ${from} is` : `Rows ${from} to ${to} are`;
  return { kind: "rows-missing", sequence: from, message: `${rows} gone: somebody removed what the product keeps.` };
}

/** Where a chain begins, by its oldest checkpoint; null where that one is no beginning. */
export function beginningOf(oldest: AuditCheckpoint | undefined): ChainPlace | null {
  if (!oldest) return null;
  return oldest.prunedAtMs !== null || oldest.hash === CHAIN_BEGINNING ? oldest : null;
}
