import { workers } from "@switchboard/db/schema";
import { asc } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { toInstant } from "../bots/internal.ts";
import { WORKER_SILENT_MS } from "../fleet/register-worker.ts";

/** How the installation is, in words that anybody may read: no team's data is in it. */
export interface SystemStatus {
  /** `ok` while the database answers and one worker at least is up. */
  readonly status: "ok" | "degraded";
  readonly database: { readonly status: "ok" | "unavailable" };
  /** `silent`: it neither reported lately nor said that it stopped. Empty when the database does not answer. */
  readonly workers: {
    readonly id: string;
    readonly state: "up" | "silent" | "stopped";
    readonly lastSeenAt: string;
  }[];
}

/** The state of database and workers. A database that does not answer is part of the answer. */
export async function getSystemStatus(ctx: Pick<ServiceContext, "db" | "clock">): Promise<SystemStatus> {
  const rows = await readWorkers(ctx);
  if (rows === null) return { status: "degraded", database: { status: "unavailable" }, workers: [] };
  const silentSinceMs = ctx.clock.nowMs() - WORKER_SILENT_MS;
  const shown = rows.map(({ id, stoppedAtMs, lastSeenAtMs }) => {
    const state = stoppedAtMs !== null ? "stopped" : lastSeenAtMs < silentSinceMs ? "silent" : "up";
    return { id, state, lastSeenAt: toInstant(lastSeenAtMs) } as const;
  });
  const isServed = shown.some((worker) => worker.state === "up");
  return { status: isServed ? "ok" : "degraded", database: { status: "ok" }, workers: shown };
}

const readWorkers = (ctx: Pick<ServiceContext, "db">) =>
  ctx.db.reader
    .select()
    .from(workers)
    .orderBy(asc(workers.id))
    .then(
      (rows) => rows,
      () => null,
    );
