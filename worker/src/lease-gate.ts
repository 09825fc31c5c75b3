import type { AuthRecordStore } from "@switchboard/core/ports/auth-record-store";

/** The lease is over by this process's own clock, or was lost: nothing is written any more. */
export class LeaseOverError extends Error {
  override readonly name = "LeaseOverError";
}

/**
 * The same store while `isAlive` says so; afterwards commits fail before anything is asked of it. The database's fence
 * decides who may write; this keeps a holder that was stopped past its deadline from even trying.
 * A commit that had begun is not called back.
 */
export function gateWrites(store: AuthRecordStore, isAlive: () => boolean): AuthRecordStore {
  return {
    read: (type, ids) => store.read(type, ids),
    readCreds: () => store.readCreds(),
    commit: (batch) =>
      isAlive() ? store.commit(batch) : Promise.reject(new LeaseOverError("the lease of this bot is over")),
  };
}
