import {
  type AuditCheckpointRow,
  checkpointsSince,
  newestCheckpoint,
  readAuditHead,
} from "@switchboard/db/queries/audit-chain";
import { auditCheckpoints } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { signCheckpoint } from "../../crypto/audit-chain.ts";
import { fromHex, toHex } from "../../crypto/bytes.ts";
import { type AuditCheckpoint, isCheckpointDue } from "../../domain/audit-chain.ts";

/** How often a process looks whether a checkpoint is due. */
export const CHECKPOINT_INTERVAL_MS = 5_000;

/** Checkpoints of one read: a copy that was away for long catches up in several. */
const COPIED_AT_ONCE = 500;

type CheckpointContext = Pick<ServiceContext, "db" | "clock" | "keyring">;

/**
 * Signs the head of the chain when 100 rows were written after the last checkpoint, or any row and a minute has passed;
 * false when none is due. Of any number of processes that ask at once, one makes it.
 * @throws DatabaseBusyError, DatabaseUnavailableError
 */
export async function writeCheckpoint(ctx: CheckpointContext): Promise<boolean> {
  if (!(await findDueHead(ctx, ctx.db.reader))) return false;
  return ctx.db.write(async (tx) => {
    const head = await findDueHead(ctx, tx);
    if (!head) return false;
    const unsigned = { ...head, atMs: ctx.clock.nowMs(), prunedAtMs: null };
    await tx.insert(auditCheckpoints).values(toCheckpointRow(await signCheckpoint(ctx.keyring.auditKeys[0], unsigned)));
    return true;
  });
}

/** What a copy of the checkpoints has: its newest row, and the newest pruning it knows of. */
export interface CopiedCheckpoints {
  readonly sequence: number;
  readonly prunedAtMs: number;
}

/** Checkpoints a copy outside the database lacks, in their order; `isOlder` when the copy is ahead of the database. */
export async function readUncopiedCheckpoints(
  ctx: Pick<ServiceContext, "db">,
  copied: CopiedCheckpoints,
): Promise<{ readonly checkpoints: readonly AuditCheckpoint[]; readonly isOlder: boolean }> {
  const [rows, [newest]] = await ctx.db.readBatch((reader) => [
    checkpointsSince(reader, copied, COPIED_AT_ONCE),
    newestCheckpoint(reader),
  ]);
  return { checkpoints: rows.map(toCheckpoint), isOlder: copied.sequence > (newest?.sequence ?? 0) };
}

/** A checkpoint as it travels and is shown. */
export const toCheckpoint = ({ sequence, hash, mac, atMs, prunedAtMs }: AuditCheckpointRow): AuditCheckpoint => ({
  sequence,
  hash: toHex(hash),
  mac: toHex(mac),
  atMs,
  prunedAtMs,
});

/** A checkpoint as its row holds it. */
export const toCheckpointRow = ({ hash, mac, ...row }: AuditCheckpoint): AuditCheckpointRow => ({
  ...row,
  hash: fromHex(hash),
  mac: fromHex(mac),
});

/** The head to sign; null when no checkpoint is due. */
async function findDueHead({ clock }: CheckpointContext, reader: Parameters<typeof readAuditHead>[0]) {
  const head = await readAuditHead(reader);
  const [last] = await newestCheckpoint(reader);
  if (!head?.hash || !last || !isCheckpointDue(last, head.sequence, clock.nowMs())) return null;
  return { sequence: head.sequence, hash: toHex(head.hash) };
}
