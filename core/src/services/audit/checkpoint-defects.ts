import { isCheckpointSigned } from "../../crypto/audit-chain.ts";
import type { SubtleKey } from "../../crypto/subtle-key.ts";
import type { AuditCheckpoint, AuditFinding, ChainPlace, WalkedRow } from "../../domain/audit-chain.ts";

/** Checkpoints as copies outside the database have them. */
export interface CheckpointCopies {
  readonly checkpoints: readonly AuditCheckpoint[];
  /** Lines that nobody can read, by file and number. */
  readonly unreadable: readonly string[];
}

/** What the table of the audit says of itself. */
export interface AuditState {
  readonly checkpoints: readonly AuditCheckpoint[];
  /** Number of the last row; 0: there is none. */
  readonly head: number;
  /** The greatest number that SQLite remembers to have given out. */
  readonly counted: number;
}

/** Checkpoints that the audit key did not sign as they are. */
export async function findForged(
  keys: readonly SubtleKey[],
  checkpoints: readonly AuditCheckpoint[],
  place: "table" | "copy",
): Promise<AuditFinding[]> {
  const where = place === "table" ? "in the database" : "in a copy";
  const checked = await Promise.all(
    checkpoints.map(async (one) => ({ one, isSigned: await isCheckpointSigned(keys, one) })),
  );
  return checked
    .filter(({ isSigned }) => !isSigned)
    .map(({ one: { sequence, prunedAtMs } }) => ({
      kind: "checkpoint-forged",
      sequence,
      message: `The checkpoint at row ${sequence} ${where} was not signed with the audit key of this installation: it, or ${prunedAtMs === null ? "the row's hash in it" : "the mark that says its rows were pruned"}, was made by somebody else.`,
    }));
}

/** Rows that must have been there after the last one. */
export function findCounterDefects({ checkpoints, head, counted }: AuditState): AuditFinding[] {
  const signed = checkpoints.at(-1)?.sequence ?? 0;
  const last = Math.max(signed, counted);
  if (last > head) {
    const message = `The audit ends at row ${head}, but row ${last} was written: the rows after ${head} were removed.`;
    return [{ kind: "truncated", sequence: head + 1, message }];
  }
  if (counted === head) return [];
  const message = `The database remembers ${counted} rows, but there is a row ${head}: its count was set back.`;
  return [{ kind: "truncated", sequence: counted + 1, message }];
}

/** What the copies know and the database does not. */
export function findCopyDefects(
  { checkpoints, head }: AuditState,
  beginning: ChainPlace | null,
  copies: CheckpointCopies | null,
): AuditFinding[] {
  if (!copies) return [];
  const begins = beginning?.sequence ?? 0;
  const known = new Set(checkpoints.map(({ sequence }) => sequence));
  const findings: AuditFinding[] = copies.unreadable.map((line) => ({
    kind: "copy-unreadable",
    sequence: null,
    message: `${line} is no checkpoint: the file was edited or damaged.`,
  }));
  const newest = newestOf(copies.checkpoints, () => true);
  if (newest && newest.sequence > head) findings.push(rolledBack(newest, `the audit ends at row ${head}`));
  const pruned = newestOf(copies.checkpoints, ({ prunedAtMs }) => prunedAtMs !== null);
  if (pruned && pruned.sequence > begins)
    findings.push(rolledBack(pruned, "the rows up to it were pruned and are there again"));
  for (const { hash } of copies.checkpoints.filter(({ sequence }) => sequence === beginning?.sequence))
    findings.push(...findHashDefects(new Set([hash]), { sequence: begins, hash: beginning?.hash ?? null }));
  const lost = copies.checkpoints.filter(
    ({ sequence }) => sequence > begins && sequence <= head && !known.has(sequence),
  );
  for (const sequence of new Set(lost.map((checkpoint) => checkpoint.sequence)))
    findings.push({
      kind: "checkpoint-missing",
      sequence,
      message: `A copy has a checkpoint at row ${sequence} that is gone from the database, or never was in this one.`,
    });
  return findings;
}

/** A row that has another hash than one that was signed for it. */
export function findHashDefects(
  signed: ReadonlySet<string> | undefined,
  { sequence, hash }: Pick<WalkedRow, "sequence" | "hash">,
): AuditFinding[] {
  if (!signed || (signed.size === 1 && hash !== null && signed.has(hash))) return [];
  const message = `Row ${sequence} has another hash than the one that was signed: it, or rows before it, were written anew afterwards.`;
  return [{ kind: "checkpoint-mismatch", sequence, message }];
}

function rolledBack({ sequence, atMs }: AuditCheckpoint, but: string): AuditFinding {
  const at = new Date(atMs).toISOString();
  const message = `A copy has a checkpoint at row ${sequence} of ${at}, but ${but}: the database was put back to an earlier state, or its end was cut off.`;
  return { kind: "rolled-back", sequence, message };
}

function newestOf(checkpoints: readonly AuditCheckpoint[], isMeant: (checkpoint: AuditCheckpoint) => boolean) {
  return checkpoints
    .filter(isMeant)
    .reduce<AuditCheckpoint | null>(
      (newest, next) => (newest === null || next.sequence > newest.sequence ? next : newest),
      null,
    );
}
