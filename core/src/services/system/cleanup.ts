import { findOverdueBlocks } from "@switchboard/db/queries/blocks";
import {
  claimExpiringTokens,
  expireCommands,
  type PurgeKind,
  purgeKinds,
  purgeOld,
} from "@switchboard/db/queries/cleanup";
import type { ServiceContext } from "../../context.ts";
import { dayMs } from "../../domain/time-window.ts";
import { expireBlock } from "../blocks/internal.ts";
import { emit } from "../records.ts";
import { toTokenView } from "../sessions/internal.ts";
import { noteCleanup } from "./cleanup-status.ts";

/** Rows per transaction: calls wait behind it for some milliseconds at most. */
const ROWS_PER_BATCH = 200;

/** Transactions per kind and run; what is left goes with the next run. */
const BATCHES_PER_RUN = 25;

/** Session tokens are told of this long before their end, so that their holders can renew them. */
const TOKEN_NOTICE_MS = 300_000;

/** What a run did: blocks marked as expired, and rows removed of every kind together. */
export interface CleanupResult {
  readonly expired: number;
  readonly purged: number;
  readonly tookMs: number;
}

/**
 * Housekeeping: marks blocks that are over, with `block.expired` once each, tells of session tokens about to end, and
 * removes what is older than it is kept. No decision depends on it. Works in short transactions, may run twice at a time and may be stopped anywhere; the run is
 * noted for cleanup-status.ts.
 */
export async function cleanupExpired(
  ctx: Pick<ServiceContext, "db" | "clock" | "ids" | "settings">,
): Promise<CleanupResult> {
  const startedAtMs = ctx.clock.nowMs();
  const expired = await expireBlocks(ctx);
  await ctx.db.write((tx) => expireCommands(tx, startedAtMs));
  await announceExpiringTokens(ctx);
  let purged = 0;
  for (const kind of purgeKinds) purged += await purge(ctx, kind, startedAtMs - keptForMs(kind, ctx.settings));
  const result = { expired, purged, tookMs: Math.max(0, ctx.clock.nowMs() - startedAtMs) };
  await noteCleanup(ctx, { ...result, atMs: startedAtMs });
  return result;
}

/** How long a row is kept after it is over. */
function keptForMs(kind: PurgeKind, settings: ServiceContext["settings"]): number {
  switch (kind) {
    case "calls":
    case "callers":
      return settings.callRetentionDays * dayMs;
    case "events":
      return 30 * dayMs;
    case "session-tokens":
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

async function announceExpiringTokens(ctx: Pick<ServiceContext, "db" | "clock" | "ids">): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  await ctx.db.write(async (tx) => {
    for (const token of await claimExpiringTokens(tx, nowMs, nowMs + TOKEN_NOTICE_MS)) {
      const { teamId, botId } = token;
      await emit(tx, ctx, { type: "session.token_expiring", teamId, botId, data: toTokenView(token, nowMs) });
    }
  });
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
