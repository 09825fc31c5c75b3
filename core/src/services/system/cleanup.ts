import { findOverdueBlocks } from "@switchboard/db/queries/blocks";
import { expireCommands, type PurgeKind, purgeKinds, purgeOld } from "@switchboard/db/queries/cleanup";
import { systemState } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { expireBlock } from "../blocks/internal.ts";

/** How often the worker runs the cleanup. Nothing depends on it: decisions go by the clock. */
export const cleanupIntervalMs = 300_000;

/** The row of `system_state` in which the last run is noted. */
export const cleanupStateKey = "cleanup";

/** Rows per transaction: calls wait behind it for some milliseconds at most. */
const ROWS_PER_BATCH = 200;

/** Transactions per kind and run; what is left goes with the next run. */
const BATCHES_PER_RUN = 25;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What a run did: blocks marked as expired, and rows removed of every kind together. */
export interface CleanupResult {
  readonly expired: number;
  readonly purged: number;
  readonly tookMs: number;
}

/**
 * Housekeeping: marks blocks that are over, with `block.expired` once each, and removes what is older than it is kept. No
 * decision depends on it. Works in short transactions, may run twice at a time and may be stopped anywhere; the run is
 * noted for {@link cleanupStatus}.
 */
export async function cleanupExpired(
  ctx: Pick<ServiceContext, "db" | "clock" | "ids" | "settings">,
): Promise<CleanupResult> {
  const startedAtMs = ctx.clock.nowMs();
  const expired = await expireBlocks(ctx);
  await ctx.db.write((tx) => expireCommands(tx, startedAtMs));
  let purged = 0;
  for (const kind of purgeKinds) purged += await purge(ctx, kind, startedAtMs - keptForMs(kind, ctx.settings));
  const finishedAtMs = ctx.clock.nowMs();
  const result = { expired, purged, tookMs: Math.max(0, finishedAtMs - startedAtMs) };
  const value = { ...result, finishedAtMs };
  await ctx.db.write(async (tx) => {
    await tx
      .insert(systemState)
      .values({ key: cleanupStateKey, value, updatedAtMs: finishedAtMs })
      .onConflictDoUpdate({ target: systemState.key, set: { value, updatedAtMs: finishedAtMs } });
  });
  return result;
}

/** How long a row is kept after it is over. */
function keptForMs(kind: PurgeKind, settings: ServiceContext["settings"]): number {
  switch (kind) {
    case "calls":
    case "callers":
      return settings.callRetentionDays * dayMs;
    case "events":
    case "session-tokens":
      return 30 * dayMs;
    case "commands":
      return 7 * dayMs;
    case "early-call-ends":
      return dayMs;
    case "pairings":
      return hourMs;
    case "idempotency-keys":
    case "rate-limits":
      return 0;
  }
}

async function expireBlocks(ctx: Pick<ServiceContext, "db" | "clock" | "ids">): Promise<number> {
  let expired = 0;
  for (let batch = 0; batch < BATCHES_PER_RUN; batch++) {
    const ids = await findOverdueBlocks(ctx.db.reader, ctx.clock.nowMs(), ROWS_PER_BATCH);
    if (ids.length === 0) break;
    expired += await ctx.db.write(async (tx) => {
      let marked = 0;
      for (const id of ids) if (await expireBlock(tx, ctx, id)) marked += 1;
      return marked;
    });
  }
  return expired;
}

async function purge(ctx: Pick<ServiceContext, "db">, kind: PurgeKind, beforeMs: number): Promise<number> {
  let purged = 0;
  for (let batch = 0; batch < BATCHES_PER_RUN; batch++) {
    const removed = await ctx.db.write((tx) => purgeOld(tx, kind, beforeMs, ROWS_PER_BATCH));
    purged += removed;
    if (removed < ROWS_PER_BATCH) break;
  }
  return purged;
}
