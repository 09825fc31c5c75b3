import { announceExpiringTokens, EXPIRING_TOKENS_PER_BATCH } from "@switchboard/core/services/sessions/expiring";
import type { WorkerDeps } from "../deps.ts";

/** Tells of session tokens that are about to end. The cleanup does so as well, where no worker runs. */
export async function announceTokens(deps: WorkerDeps): Promise<void> {
  while ((await announceExpiringTokens(deps.ctx)) === EXPIRING_TOKENS_PER_BATCH);
}
