import { noRequest, type ServiceContext } from "@switchboard/core/context";
import type { Logger } from "@switchboard/host/logger";
import type { Installation } from "@switchboard/host/open-installation";
import type { SessionPlaces } from "./journal/session-places.ts";
import type { WorkerMetrics } from "./metrics.ts";
import type { WorkerTimings } from "./timings.ts";
import type { TestServer } from "./whatsapp/whatsapp-server.ts";

/** What the parts of a worker share; built once by run.ts. */
export interface WorkerDeps {
  readonly ctx: ServiceContext;
  readonly workerId: string;
  readonly leaseTtlMs: number;
  readonly testServer: TestServer | null;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly timings: WorkerTimings;
  /** The database and this machine's disk, where the sessions are. */
  readonly places: SessionPlaces;
}

/** The context of a worker's verbs. A worker never handles passwords. */
export function workerContext(installation: Installation, workerId: string): ServiceContext {
  const refuse = () => Promise.reject(new Error("a worker handles no passwords"));
  return {
    ...installation,
    passwords: { hash: refuse, verify: refuse, decoy: "", weaknessOf: refuse },
    actor: { kind: "worker", workerId },
    request: noRequest,
  };
}
