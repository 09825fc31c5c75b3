import type { Logger } from "@switchboard/host/logger";

/** A job that runs again and again, never twice at once. */
export interface RepeatedJob {
  start(): void;
  /** Resolves when a run under way has ended. */
  stop(): Promise<void>;
}

/** Runs `work` at once and then `pauseMs` after each end. A failure is logged and the next run comes as usual. */
export function every(pauseMs: number, logger: Logger, name: string, work: () => Promise<void>): RepeatedJob {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = work()
      .catch((err: unknown) => logger.warn({ job: name, err }, "a job failed"))
      .finally(() => {
        if (!isStopped) timer = setTimeout(run, pauseMs);
      });
  };
  return {
    start: run,
    stop: async () => {
      isStopped = true;
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}
