import { cleanupExpired } from "@switchboard/core/services/system/cleanup";
import type { WorkerDeps } from "../deps.ts";

/** Marks ended blocks and purges what is past its retention. Housekeeping only: no decision waits for it. */
export async function runCleanup(deps: WorkerDeps): Promise<void> {
  const result = await cleanupExpired(deps.ctx);
  if (result.expired + result.purged > 0) deps.logger.info(result, "cleanup");
}
