import { currentRevision } from "@switchboard/core/services/auth-state/current-revision";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { readHeldAuthState } from "@switchboard/core/services/auth-state/read-auth-state";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { WorkerDeps } from "../deps.ts";
import { recoverAfterUncleanEnd } from "./auth/recover-after-unclean-end.ts";

/**
 * Makes a session safe to send from after an end that was not clean; see auth/recover-after-unclean-end.ts. Nothing to do
 * for a bot without credentials. Must be done before the first connection; safe to repeat. What an outage has left on the
 * disk goes to the database first.
 * @throws StillPendingError, ServiceError stale-epoch, CredentialsUnreadableError, SealBrokenError, database errors
 */
export async function recoverSession(deps: WorkerDeps, lease: LeaseName): Promise<void> {
  await deps.places.settle(lease);
  const { creds, keys } = await readHeldAuthState(deps.ctx, lease);
  if (creds === null) return;
  const records = [...keys].flatMap(([type, values]) => Array.from(values, ([id, value]) => ({ type, id, value })));
  const batch = recoverAfterUncleanEnd({ creds, records, isComplete: deps.places.isComplete(lease) });
  await openRecordStore(deps.ctx, lease, await currentRevision(deps.ctx, lease)).commit(batch);
  deps.logger.warn(
    { botId: lease.botId, epoch: lease.epoch, records: batch.records.length },
    "the session was recovered after an unclean end",
  );
}
