import { reclaimAbandoned } from "@switchboard/core/services/custody/reclaim-abandoned";
import type { WorkerDeps } from "../deps.ts";

/** Gives bots back to the workers whose external holder has been gone for too long; any worker may do this, and two at once. */
export async function runReclaim(deps: WorkerDeps): Promise<void> {
  const count = await reclaimAbandoned(deps.ctx);
  if (count > 0) deps.logger.warn({ count }, "bots were taken back from microservices that are gone");
}
