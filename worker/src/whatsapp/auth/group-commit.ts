import type { AuthRecord, AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import type { AuthStateLife } from "./auth-state-life.ts";
import type { RecordCache } from "./record-cache.ts";
import { recordKey } from "./record-codec.ts";

/** Types whose values step with every message; only these are worth caching. */
const CACHED_TYPES: ReadonlySet<string> = new Set(["session", "sender-key", "identity-key"]);

/** What the group commit needs. */
export interface GroupCommitDeps {
  readonly store: AuthRecordStore;
  readonly cache: RecordCache;
  readonly life: AuthStateLife;
  /** The whole credentials as text, taken at each commit. */
  readonly readCreds: () => string;
  /** Text of the credentials that are durable now; null when none are. */
  readonly durableCreds: string | null;
}

interface Batch {
  readonly records: Map<string, AuthRecord>;
  readonly durable: PromiseWithResolvers<void>;
}

/**
 * Merges writes into one pending batch while another is being committed. Commits run one after the other, in the order of
 * the writes. The first failure is final: it ends the state, and every write waiting or to come is rejected.
 */
export class GroupCommit {
  readonly #deps: GroupCommitDeps;
  #durableCreds: string | null;
  #pending: Batch | undefined;
  #inFlight: Batch | undefined;
  #isFlushing = false;

  constructor(deps: GroupCommitDeps) {
    this.#deps = deps;
    this.#durableCreds = deps.durableCreds;
  }

  /**
   * Resolves when these records, everything enqueued before and the credentials as they are now are durable.
   * @throws AuthStateDeadError when a commit failed.
   */
  enqueue(records: readonly AuthRecord[]): Promise<void> {
    if (this.#deps.life.death) return Promise.reject(this.#deps.life.death);
    this.#pending ??= newBatch();
    const { durable } = this.#pending;
    for (const record of records) this.#pending.records.set(recordKey(record.type, record.id), record);
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      // Not at once: a message is encrypted for several devices in one turn of the event loop, and one commit serves all.
      setImmediate(() => void this.#flushAll());
    }
    return durable.promise;
  }

  /** Resolves when everything enqueued before is durable; costs nothing when it is. */
  async settled(): Promise<void> {
    await (this.#pending ?? this.#inFlight)?.durable.promise;
  }

  /** The newest value this object knows, durable or about to be: undefined means ask the store, null means deleted. */
  find(type: string, id: string): string | null | undefined {
    const key = recordKey(type, id);
    const enqueued = this.#pending?.records.get(key) ?? this.#inFlight?.records.get(key);
    return enqueued ? enqueued.value : this.#deps.cache.get(key);
  }

  async #flushAll(): Promise<void> {
    for (;;) {
      const batch = this.#pending;
      if (!batch) {
        // In the tick of the test: a write that comes later must find no flusher and start one.
        this.#isFlushing = false;
        return;
      }
      this.#pending = undefined;
      this.#inFlight = batch;
      try {
        await this.#commit(batch);
      } catch (error) {
        this.#fail(error);
        return;
      }
      this.#inFlight = undefined;
      batch.durable.resolve();
    }
  }

  async #commit(batch: Batch): Promise<void> {
    const current = this.#deps.readCreds();
    const creds = current === this.#durableCreds ? null : current;
    if (creds === null && batch.records.size === 0) return;
    await this.#deps.store.commit({ records: [...batch.records.values()], creds });
    this.#durableCreds = current;
    for (const [key, { type, value }] of batch.records) {
      if (CACHED_TYPES.has(type)) this.#deps.cache.set(key, value);
    }
  }

  /** Ends the socket before any waiter learns of the failure, so that none can still send. */
  #fail(cause: unknown): void {
    const death = this.#deps.life.die(cause);
    this.#inFlight?.durable.reject(death);
    this.#pending?.durable.reject(death);
  }
}

function newBatch(): Batch {
  const durable = Promise.withResolvers<void>();
  // Waiters see the rejection themselves; a batch without one must not end the process.
  durable.promise.catch(() => undefined);
  return { records: new Map(), durable };
}
