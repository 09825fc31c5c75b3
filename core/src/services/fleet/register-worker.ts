import { workers } from "@switchboard/db/schema";
import { and, eq, isNull, lt } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { toInstant } from "../bots/internal.ts";
import { emit } from "../records.ts";

/** A worker that did not report for this long is shown as down. */
export const WORKER_SILENT_MS = 90_000;

/** One run of a worker process; `instanceId` is new with each start, `workerId` stays. */
export interface WorkerIdentity {
  readonly workerId: string;
  readonly instanceId: string;
  readonly version: string;
}

type WorkerContext = Pick<ServiceContext, "db" | "clock" | "ids">;

/** Announces a worker. The newest process of a worker id is the one; an older one learns it at its next heartbeat. */
export async function registerWorker(ctx: WorkerContext, worker: WorkerIdentity): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  const { workerId: id, instanceId, version } = worker;
  const row = { instanceId, version, startedAtMs: nowMs, lastSeenAtMs: nowMs, stoppedAtMs: null, botCount: 0 };
  await ctx.db.write(async (tx) => {
    await tx
      .insert(workers)
      .values({ id, ...row })
      .onConflictDoUpdate({ target: workers.id, set: row });
    await emit(tx, ctx, { type: "worker.up", teamId: null, data: { id, version, startedAt: toInstant(nowMs) } });
  });
}

/** Says "alive". false: another process has taken this worker id, and this one must stop. */
export async function heartbeatWorker(ctx: WorkerContext, worker: WorkerIdentity, botCount: number): Promise<boolean> {
  const isThis = and(eq(workers.id, worker.workerId), eq(workers.instanceId, worker.instanceId));
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const [before] = await tx.select().from(workers).where(isThis);
    if (!before) return false;
    await tx.update(workers).set({ lastSeenAtMs: nowMs, botCount, stoppedAtMs: null }).where(isThis);
    const { id, version } = before;
    // It was given up as silent, and is back: a machine may sleep.
    if (before.stoppedAtMs !== null)
      await emit(tx, ctx, { type: "worker.up", teamId: null, data: { id, version, startedAt: toInstant(nowMs) } });
    return true;
  });
}

/** Says "stopped on purpose", so that nobody waits for it. */
export async function retireWorker(ctx: WorkerContext, worker: WorkerIdentity): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  await ctx.db.write(async (tx) => {
    const isThis = and(eq(workers.id, worker.workerId), eq(workers.instanceId, worker.instanceId));
    const rows = await tx.update(workers).set({ stoppedAtMs: nowMs, botCount: 0 }).where(isThis).returning();
    if (rows.length === 0) return;
    await emit(tx, ctx, { type: "worker.down", teamId: null, data: { id: worker.workerId, reason: "stopped" } });
  });
}

/** Tells once of workers that went silent without a word; any worker may do this, and two may at once. */
export async function noteSilentWorkers(ctx: WorkerContext): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  const isSilent = and(isNull(workers.stoppedAtMs), lt(workers.lastSeenAtMs, nowMs - WORKER_SILENT_MS));
  const known = await ctx.db.reader.select({ id: workers.id }).from(workers).where(isSilent);
  if (known.length === 0) return;
  await ctx.db.write(async (tx) => {
    for (const row of await tx.update(workers).set({ stoppedAtMs: nowMs }).where(isSilent).returning()) {
      await emit(tx, ctx, { type: "worker.down", teamId: null, data: { id: row.id, reason: "silent" } });
    }
  });
}
