import {
  heartbeatWorker,
  noteSilentWorkers,
  registerWorker,
  retireWorker,
  type WorkerIdentity,
} from "@switchboard/core/services/fleet/register-worker";
import type { WorkerDeps } from "./deps.ts";
import { createBotHandlers } from "./handlers/bot-handlers.ts";
import { announceTokens } from "./jobs/announce-tokens.ts";
import { runCleanup } from "./jobs/cleanup.ts";
import { every } from "./jobs/every.ts";
import { runReclaim } from "./jobs/reclaim.ts";
import { runKeyRotation } from "./jobs/rotate-data-keys.ts";
import { Supervisor } from "./supervisor.ts";

/** One worker: bots, heartbeat and scheduled jobs. */
export interface Worker {
  start(): Promise<void>;
  /** Gives every bot back and says good-bye. */
  stop(): Promise<void>;
  /** Resolves when another process has taken this worker's id. */
  readonly replaced: Promise<void>;
  readonly isReady: boolean;
  debugState(): unknown;
}

/** Puts a worker together; nothing runs before `start`. */
export function createWorker(deps: WorkerDeps, identity: WorkerIdentity): Worker {
  const { promise: replaced, resolve: onReplaced } = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const beat = async () => {
    const isCurrent = await heartbeatWorker(deps.ctx, identity, supervisor.botCount);
    if (!isCurrent) onReplaced();
    return isCurrent;
  };
  const supervisor = new Supervisor(deps, (bot) => createBotHandlers(deps, bot), beat);
  const jobs = [
    every(deps.timings.heartbeatMs, deps.logger, "heartbeat", async () => {
      await beat();
      await noteSilentWorkers(deps.ctx);
    }),
    every(deps.timings.reclaimMs, deps.logger, "reclaim", () => runReclaim(deps)),
    every(deps.timings.expiringTokensMs, deps.logger, "expiring tokens", () => announceTokens(deps)),
    every(deps.timings.cleanupMs, deps.logger, "cleanup", () => runCleanup(deps)),
    every(deps.timings.keyRotationMs, deps.logger, "key rotation", () => runKeyRotation(deps, stopping.signal)),
  ];
  return {
    replaced,
    get isReady() {
      return supervisor.isHealthy;
    },
    start: async () => {
      await registerWorker(deps.ctx, identity);
      supervisor.start();
      for (const job of jobs) job.start();
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(jobs.map((job) => job.stop()));
      await supervisor.stop();
      await retireWorker(deps.ctx, identity);
    },
    debugState: () => supervisor.debugState(),
  };
}
