import { bots, workers } from "@switchboard/db/schema";
import { and, asc, eq, isNull } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { authorizeTeam } from "../access.ts";
import { selectBots, toBotView, toInstant } from "../bots/internal.ts";
import { WORKER_SILENT_MS } from "../fleet/register-worker.ts";

/** A worker process as it is shown. `silent`: it neither reported lately nor said that it stopped. */
export interface WorkerView {
  readonly id: string;
  readonly version: string;
  readonly state: "up" | "silent" | "stopped";
  readonly startedAt: string;
  readonly lastSeenAt: string;
  readonly botCount: number;
}

/** How the installation is, as far as the database knows: all that the public health check tells, and more. */
export interface HealthView {
  /** `ok` while one worker at least is up. */
  readonly status: "ok" | "degraded";
  readonly database: { readonly status: "ok" };
  readonly workers: readonly WorkerView[];
  /** The team's bots by their state; states without bots are left out. */
  readonly botsByState: Readonly<Record<string, number>>;
  readonly now: string;
}

/** The health of workers and bots. @throws ServiceError unauthenticated, scope-missing */
export async function getHealth(ctx: ServiceContext): Promise<HealthView> {
  const { teamId } = authorizeTeam(ctx, "bots:read");
  const nowMs = ctx.clock.nowMs();
  const [workerRows, botRows] = await ctx.db.readBatch((reader) => [
    reader.select().from(workers).orderBy(asc(workers.id)),
    selectBots(reader).where(and(eq(bots.teamId, teamId), isNull(bots.deletedAtMs))),
  ]);
  const shown = workerRows.map((row) => toWorkerView(row, nowMs));
  const botsByState: Record<string, number> = {};
  for (const row of botRows) {
    const { state } = toBotView(row, nowMs);
    botsByState[state] = (botsByState[state] ?? 0) + 1;
  }
  const status = shown.some((worker) => worker.state === "up") ? "ok" : "degraded";
  return { status, database: { status: "ok" }, workers: shown, botsByState, now: toInstant(nowMs) };
}

function toWorkerView(row: typeof workers.$inferSelect, nowMs: number): WorkerView {
  const isSilent = row.lastSeenAtMs < nowMs - WORKER_SILENT_MS;
  return {
    id: row.id,
    version: row.version,
    state: row.stoppedAtMs !== null ? "stopped" : isSilent ? "silent" : "up",
    startedAt: toInstant(row.startedAtMs),
    lastSeenAt: toInstant(row.lastSeenAtMs),
    botCount: row.botCount,
  };
}
