import { findOverdueBlocks } from "@switchboard/db/queries/blocks";
import { expireCommands, type PurgeKind, purgeKinds, purgeOld } from "@switchboard/db/queries/cleanup";
import type { ServiceContext } from "../../context.ts";
import { dayMs } from "../../domain/time-window.ts";
import { writeCheckpoint } from "../audit/checkpoints.ts";
import { pruneAudit } from "../audit/prune-audit.ts";
import { expireBlock } from "../blocks/internal.ts";
import { EXPIRED_LEASES_PER_BATCH, noteExpiredLeases } from "../custody/note-expired-leases.ts";
import { announceExpiringTokens, EXPIRING_TOKENS_PER_BATCH } from "../sessions/expiring.ts";
import { noteCleanup } from "./cleanup-status.ts";

/** Rows per transaction: calls wait behind it for some milliseconds at most. */
const ROWS_PER_BATCH = 500;

/** Blocks take several statements each. */
const TOLD_PER_BATCH = 50;

/** Transactions per kind and run; what is left goes with the next run. */
const BATCHES_PER_RUN = 25;

/** What a run did: blocks marked as expired, and rows removed of every kind together. */
export interface CleanupResult {
  readonly expired: number;
  readonly purged: number;
  readonly tookMs: number;
}

/** The cleanup acts for nobody. */
type CleanupContext = Pick<ServiceContext, "db" | "clock" | "ids" | "keyring" | "settings">;

/**
 * Housekeeping: marks blocks that are over, with `block.expired` once each, tells once of session tokens about to end
 * and of leases of microservices that ran out,
 * gives up overdue commands, signs the head of the audit, and removes what is older than it is kept. No decision depends
 * on it. Works in short transactions, may run twice at a time and may be stopped anywhere; the run is noted for
 * cleanup-status.ts.
 * @throws DatabaseBusyError, DatabaseUnavailableError; what was done until then stays done
 */
export async function cleanupExpired(ctx: CleanupContext): Promise<CleanupResult> {
  const startedAt = performance.now();
  const nowMs = ctx.clock.nowMs();
  const expired = await repeat(TOLD_PER_BATCH, () => expireBlocks(ctx));
  await repeat(EXPIRING_TOKENS_PER_BATCH, () => announceExpiringTokens(ctx));
  await repeat(EXPIRED_LEASES_PER_BATCH, () => noteExpiredLeases(ctx));
  await repeat(ROWS_PER_BATCH, () => ctx.db.write((tx) => expireCommands(tx, nowMs, ROWS_PER_BATCH)));
  await writeCheckpoint(ctx);
  let purged = await pruneAudit(ctx);
  for (const kind of purgeKinds) {
    const untilMs = nowMs - keptForMs(kind, ctx.settings);
    purged += await repeat(ROWS_PER_BATCH, () => ctx.db.write((tx) => purgeOld(tx, kind, untilMs, ROWS_PER_BATCH)));
  }
  const result = { expired, purged, tookMs: Math.round(performance.now() - startedAt) };
  await noteCleanup(ctx, { ...result, atMs: nowMs });
  return result;
}

/** Runs batches until one is not full, or enough were run; answers the sum. */
async function repeat(fullBatch: number, runBatch: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let batch = 0; batch < BATCHES_PER_RUN; batch++) {
    const count = await runBatch();
    sum += count;
    if (count < fullBatch) break;
  }
  return sum;
}

/** How long a row is kept after it is over. */
function keptForMs(kind: PurgeKind, settings: ServiceContext["settings"]): number {
  switch (kind) {
    case "calls":
    case "callers":
      return settings.callRetentionDays * dayMs;
    case "events":
      return 30 * dayMs;
    case "one-time-codes":
      return 30 * dayMs;
    case "session-tokens":
    case "sign-ins":
      return 7 * dayMs;
    case "commands":
    case "pairings":
    case "early-call-ends":
      return dayMs;
    case "idempotency-keys":
    case "rate-limits":
      return 0;
  }
}

function expireBlocks(ctx: CleanupContext): Promise<number> {
  return ctx.db.write(async (tx) => {
    let expired = 0;
    for (const id of await findOverdueBlocks(tx, ctx.clock.nowMs(), TOLD_PER_BATCH)) {
      if (await expireBlock(tx, ctx, id)) expired += 1;
    }
    return expired;
  });
}
