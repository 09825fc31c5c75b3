import { AsyncLocalStorage } from "node:async_hooks";
import type { AuthRecord, AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import type { SignalDataSet, SignalDataTypeMap, SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";
import { Mutex } from "async-mutex";
import type { AuthStateLife } from "./auth-state-life.ts";
import type { GroupCommit } from "./group-commit.ts";
import { KeptMessageKeys } from "./kept-message-keys.ts";
import { decodeRecord, encodeRecords, recordKey } from "./record-codec.ts";

/** Types that may only change under the bot's lock: a lost update of one forks a ratchet or re-issues a key. */
const LOCKED_TYPES: ReadonlySet<string> = new Set(["session", "sender-key", "identity-key", "pre-key"]);

/** Baileys' label for storing LID mappings (lib/Signal/lid-mapping.js). They hold no ratchet state. */
const LID_MAPPING_LABEL = "lid-mapping";

/** One unit of work under the bot's lock; discarded whole when the work fails. */
export interface Transaction {
  readonly writes: Map<string, AuthRecord>;
  /** LID user per phone number user, fixed for the transaction; null when there is none. */
  readonly lidUsers: Map<string, string | null>;
  /** False as soon as the work settled. Late work of its async context must not count as being inside. */
  isOpen: boolean;
  /** The first read that failed inside. libsignal's storage takes it for "no session" and would overwrite the record. */
  readFailure: { readonly error: unknown } | undefined;
}

/** What the transactions of one bot need. */
export interface BotTransactionsDeps {
  readonly store: AuthRecordStore;
  readonly commits: GroupCommit;
  readonly life: AuthStateLife;
  /** Called with the records of every write before they are enqueued. */
  readonly onWrite: (records: readonly AuthRecord[]) => void;
}

/**
 * One bot's keys behind one lock. A transaction's result is returned only when its writes are durable, while the next
 * transaction already runs on them.
 *
 * Lock order: Baileys' own mutexes and labels, then this lock, then libsignal's queue, then the store.
 */
export class BotTransactions implements SignalKeyStoreWithTransaction {
  /** Keys of received messages that stay until they were answered. */
  readonly keptKeys = new KeptMessageKeys();
  readonly #deps: BotTransactionsDeps;
  readonly #lock = new Mutex();
  readonly #scope = new AsyncLocalStorage<Transaction>();

  constructor(deps: BotTransactionsDeps) {
    this.#deps = deps;
  }

  /** The transaction the caller runs in; undefined outside, and after its work settled. */
  get current(): Transaction | undefined {
    const transaction = this.#scope.getStore();
    return transaction?.isOpen ? transaction : undefined;
  }

  isInTransaction = (): boolean => this.current !== undefined;

  /** Baileys' form of `run`. The label names no lock here; there is one per bot. */
  transaction = async <T>(work: () => Promise<T>, label: string): Promise<T> => {
    // A look-up in flight may be waited for by the lock's holder, so storing its answer must not wait for the lock.
    return label === LID_MAPPING_LABEL ? work() : this.run(work);
  };

  /**
   * Runs the work under the lock and resolves when what it wrote is durable. Inside a transaction it just runs.
   * @throws what the work throws, nothing written; AuthStateDeadError and AuthStateClosedError when nothing may be written.
   */
  async run<T>(work: () => Promise<T>, lidUsers: ReadonlyMap<string, string> = new Map()): Promise<T> {
    if (this.current) return work();
    const { result, durable } = await this.#lock.runExclusive(async () => {
      this.#deps.life.assertWritable();
      const transaction = newTransaction(lidUsers);
      const done = await this.#scope.run(transaction, () => settle(transaction, work));
      if (transaction.writes.size > 0) stage(transaction, this.#withoutAnswered(transaction));
      return { result: done, durable: this.#enqueue([...transaction.writes.values()]) };
    });
    await durable;
    return result;
  }

  /** Decrypts inside a transaction. What that stores can decrypt the message once more, until it was answered. */
  decrypt<T>(ciphertext: Uint8Array, work: () => Promise<T>): Promise<T> {
    return this.keptKeys.decrypt(ciphertext, () => this.current?.writes.values() ?? [], work);
  }

  /** Resolves when no transaction runs or waits and the write gate is shut. Call `settled` of the commits afterwards. */
  async close(): Promise<void> {
    await this.#lock.runExclusive(async () => {
      await this.#takeOutAnswered().catch(() => undefined);
      this.#deps.life.close();
    });
  }

  /** What a later holder needs no more. Where it cannot be read it stays, which harms nothing. */
  async #takeOutAnswered(): Promise<void> {
    const texts = new Map<string, string>();
    for (const [type, ids] of this.keptKeys.due()) {
      for (const [id, text] of await this.#read(type, ids)) texts.set(recordKey(type, id), text);
    }
    const records = this.keptKeys.takeOut((type, id) => texts.get(recordKey(type, id)));
    // Waited for with everything else that is still to be stored.
    if (records.length > 0) this.#enqueue(records).catch(() => undefined);
  }

  #withoutAnswered({ writes }: Transaction): AuthRecord[] {
    const { commits } = this.#deps;
    return this.keptKeys.takeOut((type, id) => {
      const written = writes.get(recordKey(type, id));
      return written ? written.value : commits.find(type, id);
    });
  }

  get = async <T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Promise<{ [id: string]: SignalDataTypeMap[T] }> => {
    const transaction = this.current;
    try {
      const texts = await this.#read(type, ids, transaction);
      return Object.fromEntries([...texts].map(([id, text]) => [id, decodeRecord(type, text)]));
    } catch (error) {
      if (transaction) transaction.readFailure ??= { error };
      throw error;
    }
  };

  /** Inside a transaction part of it; outside durable when it resolves. */
  set = async (data: SignalDataSet): Promise<void> => {
    const records = encodeRecords(data);
    const transaction = this.current;
    if (transaction) return stage(transaction, records);
    if (records.some(({ type }) => LOCKED_TYPES.has(type))) {
      return this.run(async () => this.current && stage(this.current, records));
    }
    this.#deps.life.assertWritable();
    await this.#enqueue(records);
  };

  /** A transaction that wrote nothing may still have read what is not durable yet, so it waits for that. */
  #enqueue(records: readonly AuthRecord[]): Promise<void> {
    if (records.length === 0) return this.#deps.commits.settled();
    this.#deps.onWrite(records);
    return this.#deps.commits.enqueue(records);
  }

  async #read(type: string, ids: readonly string[], transaction?: Transaction): Promise<Map<string, string>> {
    this.#deps.life.assertReadable();
    const found = new Map<string, string>();
    const unknown: string[] = [];
    for (const id of ids) {
      const value = transaction?.writes.get(recordKey(type, id))?.value;
      const known = value === undefined ? this.#deps.commits.find(type, id) : value;
      if (known === undefined) unknown.push(id);
      else if (known !== null) found.set(id, known);
    }
    const stored = unknown.length > 0 ? await this.#deps.store.read(type, unknown) : new Map<string, string>();
    return new Map([...found, ...stored]);
  }
}

async function settle<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    if (transaction.readFailure) throw transaction.readFailure.error;
    return result;
  } finally {
    transaction.isOpen = false;
  }
}

function newTransaction(lidUsers: ReadonlyMap<string, string>): Transaction {
  return { writes: new Map(), lidUsers: new Map(lidUsers), isOpen: true, readFailure: undefined };
}

function stage(transaction: Transaction, records: readonly AuthRecord[]): void {
  for (const record of records) transaction.writes.set(recordKey(record.type, record.id), record);
}
