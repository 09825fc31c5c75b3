import { findPruneCheckpoint, findPrunePart, markPruned, pruneUpTo } from "@switchboard/db/queries/audit-chain";
import type { Transaction } from "@switchboard/db/types";
import { noRequest, type ServiceContext } from "../../context.ts";
import { signCheckpoint } from "../../crypto/audit-chain.ts";
import { dayMs } from "../../domain/time-window.ts";
import { writeAudit } from "../records.ts";
import { toCheckpoint, toCheckpointRow } from "./checkpoints.ts";

/** Rows of one step: calls wait behind it for some milliseconds. Each step leaves a row. */
const ROWS_PER_STEP = 500;

/** Steps of one run; what is left goes with the next one. */
const STEPS_PER_RUN = 25;

type PruneContext = Pick<ServiceContext, "db" | "clock" | "ids" | "keyring" | "settings">;

/**
 * Removes rows past their retention, up to a checkpoint that stands for them from then on, and answers how many. Nothing
 * goes before the oldest row is a day over: otherwise each pruning, which leaves a row itself, would bring about another.
 * @throws DatabaseBusyError, DatabaseUnavailableError; what was done until then stays done
 */
export async function pruneAudit(ctx: PruneContext): Promise<number> {
  let rows = 0;
  for (let step = 0; step < STEPS_PER_RUN; step++) {
    const removed = await ctx.db.write((tx) => pruneStep(tx, ctx));
    if (removed === 0) break;
    rows += removed;
  }
  return rows;
}

async function pruneStep(tx: Transaction, ctx: PruneContext): Promise<number> {
  const nowMs = ctx.clock.nowMs();
  const untilMs = nowMs - ctx.settings.auditRetentionDays * dayMs;
  const row = await findPruneCheckpoint(tx, { untilMs, dueMs: untilMs - dayMs, rows: ROWS_PER_STEP });
  if (!row) return 0;
  const { rows, last, left } = await findPrunePart(tx, row.sequence, ROWS_PER_STEP);
  if (last === null) return 0;
  // The row is written first: it follows the last one, which may be among those that go.
  await writeAudit(
    tx,
    { ...ctx, actor: { kind: "system", name: "cleanup" }, request: noRequest },
    {
      action: "audit.prune",
      objectId: String(row.sequence),
      teamId: null,
      // Without a checkpoint among them, as from before there was a chain, rows go in several steps: `verifyAudit` expects the rest.
      detail: { rows, ...(left > 0 ? { left } : {}) },
    },
  );
  if (row.prunedAtMs === null) {
    const pruned = { ...toCheckpoint(row), prunedAtMs: nowMs };
    await markPruned(tx, toCheckpointRow(await signCheckpoint(ctx.keyring.auditKeys[0], pruned)));
  }
  return pruneUpTo(tx, row.sequence, last);
}
