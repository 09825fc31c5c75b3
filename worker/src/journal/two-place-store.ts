import type { AuthBatch, AuthRecord, AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import { CREDS_ID, CREDS_TYPE } from "@switchboard/core/services/auth-state/open-record-store";
import { TooSlowError, within } from "../within.ts";
import { ChainLimit } from "./chain-limit.ts";
import { isOutage, StillPendingError, type StopReason, StoreStoppedError } from "./errors.ts";
import { hasNewKeys } from "./new-keys.ts";
import { Pending } from "./pending.ts";
import type { SessionCopy } from "./session-copy.ts";

/** Waits of the store, in milliseconds. */
export interface TwoPlaceTimings {
  /** An answer of the database that takes longer is not waited for: the disk decides. */
  readonly storePatienceMs: number;
  /** The wait between two tries to bring to the database what it lacks. */
  readonly replayRetryMs: number;
  /** The wait before a second place that was lost is made anew. */
  readonly copyRetryMs: number;
}

/** What the store of one lease is made of. */
export interface TwoPlaceOptions {
  /** The fenced store at the copy's revision; nobody else uses it. */
  readonly database: AuthRecordStore;
  /** Where it is not whole, the session is in one place only until it could be renewed. */
  readonly copy: SessionCopy;
  /** Whether the lease is certain at this instant, by this process's clock. */
  readonly mayGoOn: () => boolean;
  readonly timings: TwoPlaceTimings;
  /** Called once, when the database refused what had been made durable here: somebody else may hold the session. */
  readonly onRefused: (error: unknown) => void;
  /** Called when the database is found to be away, and when it has everything again. */
  readonly onOutage: (isAway: boolean, commits: number) => void;
  /** Called when the second place is lost; the database has everything. */
  readonly onCopyLost: (error: unknown) => void;
  /** Called when a long journal could not be replaced; it goes on to be good. */
  readonly onRenewalFailed: (error: unknown) => void;
}

/**
 * One bot's records in the database and on this machine's disk. With the database away a commit is durable when the disk has
 * it; it goes to the database later, in its order, and whatever is committed meanwhile queues behind it.
 *
 * A refusal of the database is final and never becomes an entry of the journal. Commits must not run at the same time.
 */
export class TwoPlaceStore implements AuthRecordStore {
  readonly #options: TwoPlaceOptions;
  readonly #pending = new Pending();
  readonly #limit = new ChainLimit();
  #replay: Promise<void> | null = null;
  #refusal: { readonly error: unknown } | null = null;
  /** Why nothing more is taken. Final: once the database has everything, another object goes on. */
  #stop: StoreStoppedError | null = null;
  #isOver = false;
  #awayUntilMs = Number.NEGATIVE_INFINITY;
  #renewAtMs = Number.NEGATIVE_INFINITY;
  readonly #end = Promise.withResolvers<void>();

  constructor(options: TwoPlaceOptions) {
    this.#options = options;
    if (!options.copy.isWhole) this.#renewAtMs = performance.now() + options.timings.copyRetryMs;
  }

  /** The revision that the database has, or will have once nothing is pending. */
  get revision(): number {
    return this.#options.copy.revision;
  }

  /** Commits that only this machine has. */
  get pendingCount(): number {
    return this.#pending.count;
  }

  /** Whether the store can serve a new connection, also while the database is away. */
  get isWhole(): boolean {
    return !this.#isOver && this.#refusal === null && this.#stop === null && this.#options.copy.isWhole;
  }

  /** true once the database refused something that had been made durable here. */
  get isRefused(): boolean {
    return this.#refusal !== null;
  }

  async readCreds(): Promise<string | null> {
    return (await this.read(CREDS_TYPE, [CREDS_ID])).get(CREDS_ID) ?? null;
  }

  async read(type: string, ids: readonly string[]): Promise<Map<string, string>> {
    const { found, unknown } = this.#pending.find(type, ids);
    const stored = unknown.length > 0 ? await this.#readStored(type, unknown) : [];
    return new Map([...found, ...stored]);
  }

  async commit(batch: AuthBatch): Promise<void> {
    this.#assertOpen();
    if (batch.records.length === 0 && batch.creds === null) return;
    if (this.#pending.count > 0) await this.#letReplayEnd(batch);
    this.#assertOpen();
    if (this.#pending.count > 0) return this.#commitHere(batch, null);
    const attempt = this.#options.database.commit(batch);
    const answer = await this.#answerOf(attempt);
    if (answer.kind === "stored") return this.#copyStored(batch);
    return this.#commitHere(batch, answer.kind === "late" ? attempt : null, answer.error);
  }

  /** Resolves when the database has everything. @throws StillPendingError after `limitMs`, or the database's refusal */
  async drain(limitMs: number): Promise<void> {
    await within(limitMs, this.#replay ?? Promise.resolve()).catch(() => undefined);
    if (this.#refusal) throw this.#refusal.error;
    if (this.#pending.count > 0) throw new StillPendingError("commits of an outage are not in the database yet");
  }

  /** From this tick on nothing is committed any more; what is pending stays in the journal. */
  abandon(): void {
    this.#isOver = true;
    this.#end.resolve();
  }

  /** Resolves when this object no longer touches the files. */
  async close(): Promise<void> {
    this.abandon();
    await this.#options.copy.close();
  }

  /** What may not queue waits for a moment: the database may be on its way back. */
  async #letReplayEnd(batch: AuthBatch): Promise<void> {
    if (!(await this.#hasNewKeys(batch))) return;
    await within(this.#options.timings.storePatienceMs, this.#replay ?? Promise.resolve()).catch(() => undefined);
  }

  async #hasNewKeys(batch: AuthBatch): Promise<boolean> {
    const { copy } = this.#options;
    const known = this.#pending.find(CREDS_TYPE, [CREDS_ID]).found.get(CREDS_ID) ?? null;
    const isToCompare = batch.creds !== null && known === null && copy.isWhole;
    const stored = isToCompare ? ((await copy.find(CREDS_TYPE, [CREDS_ID])).get(CREDS_ID) ?? null) : known;
    return hasNewKeys(batch, stored);
  }

  async #answerOf(attempt: Promise<void>): Promise<{ kind: "stored" | "late" | "away"; error?: unknown }> {
    const patience = Promise.withResolvers<"late">();
    const timer = setTimeout(() => patience.resolve("late"), this.#options.timings.storePatienceMs);
    try {
      const kind = await Promise.race([attempt.then(() => "stored" as const), patience.promise]);
      return { kind };
    } catch (error) {
      if (!isOutage(error)) throw error;
      return { kind: "away", error };
    } finally {
      clearTimeout(timer);
    }
  }

  /** The database has the batch; the disk follows, one commit behind at the most. */
  async #copyStored(batch: AuthBatch): Promise<void> {
    const { copy, onCopyLost } = this.#options;
    const wasWhole = copy.isWhole;
    await copy.written().catch(() => undefined);
    copy.append(batch, true).catch((error) => {
      if (wasWhole) onCopyLost(error);
    });
    if (copy.needsCare && performance.now() >= this.#renewAtMs) void this.#renewCopy();
  }

  /** Beside the commits: none of them waits for it. Never rejects. */
  async #renewCopy(): Promise<void> {
    const { copy, timings, onCopyLost, onRenewalFailed } = this.#options;
    const wasWhole = copy.isWhole;
    this.#renewAtMs = Number.POSITIVE_INFINITY;
    try {
      await copy.renew();
      this.#renewAtMs = Number.NEGATIVE_INFINITY;
    } catch (error) {
      this.#renewAtMs = performance.now() + timings.copyRetryMs;
      if (this.#isOver || isOutage(error)) return;
      if (copy.isWhole) onRenewalFailed(error);
      else if (wasWhole) onCopyLost(error);
    }
  }

  /** Makes a batch durable on the disk alone. `attempt` is the database's answer that is still to come. */
  async #commitHere(batch: AuthBatch, attempt: Promise<void> | null, cause?: unknown): Promise<void> {
    attempt?.catch(() => undefined);
    const { copy } = this.#options;
    const hasNew = await this.#hasNewKeys(batch);
    if (attempt !== null && (hasNew || !copy.isWhole)) return attempt.then(() => this.#copyStored(batch));
    if (!copy.isWhole) throw this.#stopped("no-second-place", cause);
    if (hasNew) throw this.#stopped("new-keys", cause);
    this.#assertInLease();
    const isAdmitted = await this.#admits(copy, batch);
    if (!isAdmitted) throw this.#stopped("chain-limit", cause);
    await copy.append(batch, false).catch((err) => {
      throw this.#stopped("no-second-place", err);
    });
    this.#pending.add({ batch, revision: copy.revision });
    if (this.#pending.count === 1) this.#options.onOutage(true, 1);
    this.#replay ??= this.#replayAll(copy, attempt);
    // Last of all: the disk may have taken its time, and what is sent after this must be inside the lease.
    this.#assertInLease();
  }

  /** Nothing of a record is pending when the disk is asked what the database has of it. */
  #admits(copy: SessionCopy, { records }: AuthBatch): Promise<boolean> {
    const findStored = async ({ type, id }: AuthRecord) => (await copy.find(type, [id])).get(id) ?? null;
    return this.#limit.admits(records, findStored).catch((err) => {
      throw this.#stopped("no-second-place", err);
    });
  }

  #stopped(reason: StopReason, cause: unknown): StoreStoppedError {
    this.#stop ??= new StoreStoppedError(reason, cause);
    return this.#stop;
  }

  async #replayAll(copy: SessionCopy, first: Promise<void> | null): Promise<void> {
    let attempt = first;
    const total = { commits: 0 };
    for (let next = this.#pending.first; next && !this.#isOver; next = this.#pending.first) {
      try {
        await (attempt ?? this.#options.database.commit(next.batch));
        this.#limit.acknowledge(next.batch.records);
        this.#pending.remove(next);
        total.commits += 1;
        void copy.markStored(next.revision).catch(() => undefined);
      } catch (err) {
        if (this.#isOver) return;
        if (!isOutage(err)) return this.#refuse(err);
        await this.#pauseReplay();
      }
      attempt = null;
    }
    this.#replay = null;
    if (this.#pending.count > 0) return;
    this.#limit.clear();
    copy.rest();
    this.#options.onOutage(false, total.commits);
  }

  #refuse(error: unknown): void {
    this.#refusal = { error };
    this.abandon();
    this.#options.onRefused(error);
  }

  /** Ends early when the store does. */
  async #pauseReplay(): Promise<void> {
    const pause = Promise.withResolvers<void>();
    const timer = setTimeout(pause.resolve, this.#options.timings.replayRetryMs);
    await Promise.race([pause.promise, this.#end.promise]);
    clearTimeout(timer);
  }

  async #readStored(type: string, ids: readonly string[]): Promise<Map<string, string>> {
    const { database, copy, timings } = this.#options;
    const reading = copy.isWhole ? copy : null;
    const isAway = this.#pending.count > 0 || performance.now() < this.#awayUntilMs;
    if (reading && isAway) return reading.find(type, ids);
    const answer = database.read(type, ids);
    if (!reading) return answer;
    try {
      return await within(timings.storePatienceMs, answer);
    } catch (err) {
      if (!isOutage(err) && !(err instanceof TooSlowError)) throw err;
      this.#awayUntilMs = performance.now() + timings.replayRetryMs;
      return reading.find(type, ids);
    }
  }

  #assertOpen(): void {
    if (this.#refusal) throw this.#refusal.error;
    if (this.#isOver) throw new StoreStoppedError("abandoned");
    if (this.#stop) throw this.#stop;
  }

  #assertInLease(): void {
    this.#assertOpen();
    if (!this.#options.mayGoOn()) throw this.#stopped("lease-deadline", undefined);
  }
}
