import type { AuthBatch, AuthRecordStore } from "@switchboard/core/ports/auth-record-store";

/** A store in memory whose commits can be held back and made to fail. */
export class MemoryStore implements AuthRecordStore {
  readonly rows = new Map<string, string>();
  /** Every batch in the order of its commit, also those that failed. */
  readonly batches: AuthBatch[] = [];
  creds: string | null = null;
  readsFailWith: Error | undefined;
  commitsFailWith: Error | undefined;
  readonly #readGates = new Map<string, Promise<void>>();
  #gate: PromiseWithResolvers<void> | undefined;

  /** Commits asked for from now on wait until the returned function is called. */
  holdCommits(): () => void {
    const gate = Promise.withResolvers<void>();
    this.#gate = gate;
    return () => {
      this.#gate = undefined;
      gate.resolve();
    };
  }

  /** Reads of this type asked for from now on wait until the returned function is called. */
  holdReads(type: string): () => void {
    const gate = Promise.withResolvers<void>();
    this.#readGates.set(type, gate.promise);
    return () => {
      this.#readGates.delete(type);
      gate.resolve();
    };
  }

  async readCreds(): Promise<string | null> {
    if (this.readsFailWith) throw this.readsFailWith;
    return this.creds;
  }

  async read(type: string, ids: readonly string[]): Promise<Map<string, string>> {
    if (this.readsFailWith) throw this.readsFailWith;
    await this.#readGates.get(type);
    const found = new Map<string, string>();
    for (const id of ids) {
      const value = this.rows.get(`${type}:${id}`);
      if (value !== undefined) found.set(id, value);
    }
    return found;
  }

  async commit(batch: AuthBatch): Promise<void> {
    this.batches.push(batch);
    await this.#gate?.promise;
    if (this.commitsFailWith) throw this.commitsFailWith;
    if (batch.creds !== null) this.creds = batch.creds;
    for (const { type, id, value } of batch.records) {
      if (value === null) this.rows.delete(`${type}:${id}`);
      else this.rows.set(`${type}:${id}`, value);
    }
  }
}

/** Lets everything run that needs no timer and no input or output. */
export async function drainMicrotasks(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
