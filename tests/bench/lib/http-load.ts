import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Requests that are all the same. */
export interface LoadJob {
  readonly url: string;
  readonly method: "GET" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly requests: number;
  /** Requests that are under way at once. */
  readonly connections: number;
  readonly expectedStatus: number;
}

/** Requests a second of one round, sent from a thread of its own. @throws Error for an answer with another status */
export async function measureLoad(job: LoadJob): Promise<number> {
  const worker = new Worker(new URL("./http-load-process.ts", import.meta.url), { workerData: job });
  const [elapsedMs] = await once(worker, "message");
  await worker.terminate();
  return (job.requests / elapsedMs) * 1_000;
}
