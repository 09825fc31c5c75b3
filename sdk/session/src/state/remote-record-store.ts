import type { AuthBatch, AuthRecord, AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import { RecordCache } from "@switchboard/worker/whatsapp/auth/record-cache";
import { ApiError, LeaseLostError, SealError } from "../errors.ts";
import { membersOf } from "../fields.ts";
import { retrying } from "../http/retry.ts";
import type { Channel, Content } from "../sealing/channel.ts";
import { CoalescedReads, type FoundTexts } from "./coalesced-reads.ts";
import type { NumberedBatch, SessionCalls, Wanted } from "./session-calls.ts";
import { splitBatch } from "./split-batch.ts";

/** Characters of records to keep in memory: some thousand conversations. */
const CACHE_CHARACTERS_MAX = 16 * 1024 * 1024;

/** What the store needs. */
export interface RemoteRecordStoreDeps {
  readonly calls: SessionCalls;
  readonly channel: Channel;
  readonly lease: { readonly botId: string; readonly leaseId: string; readonly epoch: number };
  /** The session's revision when the lease was granted. */
  readonly revision: number;
  /** Aborted when the lease is over; its reason is what reads and commits throw then. */
  readonly signal: AbortSignal;
  /** Called when records cannot be read, and no repetition would help: nothing can be decrypted or sent without them. */
  readonly onReadFailed: (error: Error) => void;
  /** Called for each failed try that will be repeated. */
  readonly onRetry: (error: unknown, delayMs: number) => void;
}

/**
 * A bot's records behind the service, for the life of one lease. Nobody else writes meanwhile, so what was read or written
 * once is known and not asked for again; a new lease gets a new store.
 *
 * A batch goes out only when the one before it is acknowledged, and is repeated unchanged until it is, or the lease is over.
 */
export class RemoteRecordStore implements AuthRecordStore {
  readonly #deps: RemoteRecordStoreDeps;
  readonly #cache = new RecordCache(CACHE_CHARACTERS_MAX);
  readonly #reads: CoalescedReads;
  #revision: number;
  #seq = 0;
  #isCommitting = false;

  constructor(deps: RemoteRecordStoreDeps) {
    this.#deps = deps;
    this.#revision = deps.revision;
    this.#reads = new CoalescedReads((keys) => this.#fetch(keys));
  }

  /** The revision that the last acknowledged batch made. */
  get revision(): number {
    return this.#revision;
  }

  readCreds = async (): Promise<string | null> => {
    const { content } = await this.#ask(() => this.#readOnce({ creds: true, keys: {} }));
    return content.creds === undefined || content.creds === null ? null : JSON.stringify(content.creds);
  };

  read = async (type: string, ids: readonly string[]): Promise<Map<string, string>> => {
    this.#deps.signal.throwIfAborted();
    const unknown = ids.filter((id) => this.#cache.get(keyOf(type, id)) === undefined);
    const read = unknown.length > 0 ? await this.#reads.read(type, unknown) : new Map<string, string>();
    const found = new Map<string, string>();
    for (const id of ids) {
      // A commit that came meanwhile is newer than what was read.
      const known = this.#cache.get(keyOf(type, id));
      const text = known === undefined ? (read.get(id) ?? null) : known;
      if (known === undefined) this.#cache.set(keyOf(type, id), text);
      if (text !== null) found.set(id, text);
    }
    return found;
  };

  commit = async (batch: AuthBatch): Promise<void> => {
    if (this.#isCommitting) throw new Error("commits of one store come one after the other");
    this.#isCommitting = true;
    try {
      for (const part of splitBatch(batch)) await this.#commit(part);
    } finally {
      this.#isCommitting = false;
    }
  };

  async #commit({ records, creds }: AuthBatch): Promise<void> {
    const { lease, channel, calls, signal } = this.#deps;
    signal.throwIfAborted();
    for (const { type, id, value } of records) this.#cache.set(keyOf(type, id), value);
    this.#seq += 1;
    const content = { ...(creds === null ? {} : { creds: JSON.parse(creds) }), set: toSet(records) };
    const close = async (): Promise<NumberedBatch> => ({
      seq: this.#seq,
      revision: this.#revision,
      body: await channel.closeBatch({ ...lease, seq: this.#seq, ...content }),
    });
    const send = (batch: NumberedBatch) => this.#ask(() => calls.commit(batch, signal));
    const batch = await close();
    this.#revision = await send(batch)
      .catch(async (error: unknown) => {
        // The key it was sealed to may have been replaced. To the service the same content sealed anew is the same batch.
        if (!isUnopened(error) || !(await this.#ask(channel.renewKeys))) throw error;
        return send(await close());
      })
      .catch((error: unknown) => this.#settleConflict(error, batch, { records, creds }));
  }

  /**
   * 412: the revision is not the one this store knows. Where the records are as the batch makes them it was stored, and its
   * answer lost; otherwise something else wrote under this lease, and nothing may be sent on what is in memory.
   */
  async #settleConflict(error: unknown, batch: NumberedBatch, { records, creds }: AuthBatch): Promise<number> {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    const keys = Object.fromEntries(
      [...Map.groupBy(records, ({ type }) => type)].map(([type, part]) => [type, part.map(({ id }) => id)]),
    );
    const { content, revision } = await this.#ask(() => this.#readOnce({ creds: creds !== null, keys }));
    const stored = textsOf(content.keys);
    const isStored = records.every(({ type, id, value }) => (stored.get(type)?.get(id) ?? null) === normal(value));
    const isSameCreds = creds === null || normal(creds) === JSON.stringify(content.creds);
    if (isStored && isSameCreds && revision === batch.revision + 1) return revision;
    throw new LeaseLostError("write-failed", "Something else has written under this lease.", { cause: error });
  }

  async #fetch(keys: Wanted): Promise<FoundTexts> {
    const { signal, onReadFailed } = this.#deps;
    try {
      const { content } = await this.#ask(() => this.#readOnce({ creds: false, keys }));
      return textsOf(content.keys);
    } catch (error) {
      if (!signal.aborted && error instanceof Error) onReadFailed(error);
      throw error;
    }
  }

  /** What was acknowledged before the question must be in the answer: an older one would bring used keys back. @throws SealError */
  async #readOnce(wanted: { readonly creds: boolean; readonly keys: Wanted }): Promise<Content> {
    const acknowledged = this.#revision;
    const answer = await this.#deps.calls.read(wanted, this.#deps.signal);
    if (answer.revision >= acknowledged) return answer;
    throw new SealError(
      `Records of revision ${answer.revision} were sent, and ${acknowledged} was acknowledged before.`,
    );
  }

  #ask<T>(work: () => Promise<T>): Promise<T> {
    return retrying(work, { signal: this.#deps.signal, onRetry: this.#deps.onRetry });
  }
}

/** The service could not open what was sealed to it. */
function isUnopened(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== "validation-failed") return false;
  const { errors } = error.problem;
  return Array.isArray(errors) && errors.some((defect: unknown) => membersOf(defect)?.path === "sealed");
}

/** Texts by type and id, as the service's JSON holds them. */
export function textsOf(keys: unknown): FoundTexts {
  const types = Object.entries(membersOf(keys) ?? {});
  return new Map(
    types.map(([type, values]) => {
      const present = Object.entries(membersOf(values) ?? {}).filter(([, value]) => value !== null);
      return [type, new Map(present.map(([id, value]) => [id, JSON.stringify(value)]))];
    }),
  );
}

const toSet = (records: readonly AuthRecord[]): object =>
  Object.fromEntries(
    [...Map.groupBy(records, ({ type }) => type)].map(([type, part]) => [
      type,
      Object.fromEntries(part.map(({ id, value }) => [id, value === null ? null : JSON.parse(value)])),
    ]),
  );

/** As a text comes back after it was JSON on the way. */
const normal = (text: string | null): string | null => (text === null ? null : JSON.stringify(JSON.parse(text)));

/** Types hold no colon, so the key is unambiguous. */
const keyOf = (type: string, id: string): string => `${type}:${id}`;
