import type { Logger } from "@switchboard/host/logger";
import type { WorkerMetrics } from "./metrics.ts";

/**
 * Baileys leaves promises without a handler: a frame that cannot be decoded, or a close in the middle of its first
 * queries. One bot's fault must not end the others, so these are counted and logged; the connection itself is judged by
 * its own close and watchdog. Answers how to take the handler away again.
 */
export function surviveRejections(logger: Logger, metrics: WorkerMetrics): () => void {
  const onRejection = (reason: unknown) => {
    metrics.survivedRejections.inc();
    const err = reason instanceof Error ? reason : new Error("something that is not an error was thrown");
    logger.warn({ err }, "a rejection that nobody handled was survived");
  };
  process.on("unhandledRejection", onRejection);
  return () => process.off("unhandledRejection", onRejection);
}
