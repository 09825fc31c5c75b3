import type { Logger } from "./logger.ts";

/** How long a stop may take before the process ends anyway. */
const DEADLINE_MS = 20_000;

/**
 * Runs `stop` once at SIGINT, SIGTERM or SIGHUP, then ends the process: 0 when it stopped in time, 1 when it did not.
 * A second signal ends at once.
 */
export function stopOnSignals(logger: Logger, stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, "stopping");
    const deadline = setTimeout(() => {
      logger.error({ deadlineMs: DEADLINE_MS }, "could not stop in time");
      process.exit(1);
    }, DEADLINE_MS);
    deadline.unref();
    stop().then(
      () => process.exit(0),
      (err: unknown) => {
        logger.error({ err }, "stopping failed");
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
}
