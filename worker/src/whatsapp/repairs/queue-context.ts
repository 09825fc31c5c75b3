import { AsyncResource } from "node:async_hooks";

/** libsignal's job queue (src/queue_job.js): jobs of one bucket run one after the other, process-wide. */
export type QueueJob = <T>(bucket: unknown, job: () => Promise<T>) => Promise<T>;

/**
 * Makes every queued job run in the async context of whoever queued it.
 *
 * The stock queue runs a job in the context of whoever started the bucket's executor. Two bots that share a contact then
 * write into each other's transactions, or wait for a lock that their own caller holds and stall for ever.
 */
export function bindJobsToCaller(queueJob: QueueJob): QueueJob {
  return (bucket, job) => {
    const resource = new AsyncResource("libsignal-job");
    return queueJob(bucket, () => resource.runInAsyncScope(job));
  };
}
