import { ServiceError } from "@switchboard/core/errors";
import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";
import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import type { SealedRecord } from "@switchboard/core/services/auth-state/sealed-copy";
import type { BotId } from "@switchboard/db/schema";
import { type ContentKeys, CopyContent } from "./copy-content.ts";
import { isOutage, StoreStoppedError } from "./errors.ts";
import { type JournalStep, JournalWriter } from "./journal-file.ts";
import { KeyUses } from "./key-uses.ts";
import type { FileHead } from "./sealed-file.ts";
import { clearSessionFolder, makeSessionFolder, type SessionFolder, snapshotPathOf } from "./session-folder.ts";
import { writeSnapshot } from "./snapshot-file.ts";

/** A journal is replaced by a new snapshot when it is this large and several times as large as the snapshot. */
const JOURNAL_BYTES_MIN = 1024 * 1024;
const JOURNAL_SNAPSHOTS = 4;
/** A database that does not answer for so long that its journal grows to this has been away for too much. */
const JOURNAL_BYTES_LIMIT = 64 * 1024 * 1024;

/** The whole session as the database has it, at one revision. */
export interface WholeSession {
  readonly revision: number;
  readonly records: readonly SealedRecord[];
}

/** What a copy is made of and for whom. */
export interface SessionCopyOptions {
  readonly folder: SessionFolder;
  readonly head: Pick<FileHead, "leaseId" | "workerId"> & { readonly botId: BotId; readonly epoch: number };
  readonly keys: BotDataKeys;
  readonly indexKey: ContentKeys["indexKey"];
  /** Reads the whole session from the database. */
  readonly readWhole: () => Promise<WholeSession>;
}

/** A snapshot and the journal that goes on from it. */
interface Files {
  readonly journal: JournalWriter;
  readonly snapshotPath: string;
  readonly snapshotBytes: number;
}

/**
 * The second place of one bot's session: a snapshot as the database had it, and a journal of every commit since.
 *
 * Whole from its opening until a write fails; from then on it is of no use until `renew`. What is asked for is done in the
 * order of the calls; a renewal goes on beside it and takes its turn only to put the new files in the place of the old.
 */
export class SessionCopy {
  readonly #options: SessionCopyOptions;
  readonly #uses: KeyUses;
  #files: Files | null = null;
  #generation = 0;
  #revision: number;
  #failure: { readonly error: unknown } | null = null;
  #last: Promise<void> = Promise.resolve();
  #content: CopyContent | null = null;
  #renewal: Promise<void> | null = null;
  /** While a renewal is under way: what was written since it began. */
  #since: JournalStep[] = [];
  #isClosed = false;

  private constructor(options: SessionCopyOptions, uses: KeyUses, revision: number) {
    this.#options = options;
    this.#uses = uses;
    this.#revision = revision;
  }

  /**
   * Writes a snapshot of what the database has now. Where the disk does not take it the copy is not whole, and `renew` tries
   * again. @throws ServiceError stale-epoch, database errors
   */
  static async make(options: SessionCopyOptions): Promise<SessionCopy> {
    const uses = await KeyUses.reserve(options.keys);
    const whole = await options.readWhole();
    const copy = new SessionCopy(options, uses, whole.revision);
    await copy.#replaceFiles(whole).catch((error) => {
      if (error instanceof ServiceError || isOutage(error)) throw error;
      copy.#failure ??= { error };
    });
    return copy;
  }

  /** The revision the next commit builds on. */
  get revision(): number {
    return this.#revision;
  }

  /** Why it is not whole; null when nothing failed. */
  get failure(): unknown {
    return this.#failure?.error ?? null;
  }

  /** false: a write failed, and what is here may lack something. */
  get isWhole(): boolean {
    return this.#failure === null && this.#byteCount < JOURNAL_BYTES_LIMIT;
  }

  /** Whether `renew` is due, or the only cure. */
  get needsCare(): boolean {
    const wanted = Math.max(JOURNAL_BYTES_MIN, JOURNAL_SNAPSHOTS * (this.#files?.snapshotBytes ?? 0));
    const isLong = this.#byteCount > Math.min(wanted, JOURNAL_BYTES_LIMIT / 2);
    return this.#failure !== null || isLong || this.#uses.areFew;
  }

  /**
   * Takes a commit in: `stored` when the database has it, and then it need not have reached the disk when this resolves.
   * @throws the system's error, and then nothing more is taken in
   */
  append(batch: AuthBatch, isStored: boolean): Promise<void> {
    this.#revision += 1;
    return this.#write({ entry: { ...batch, revision: this.#revision }, isStored });
  }

  /** Notes that the database has everything up to a revision. */
  markStored(revision: number): Promise<void> {
    return this.#write({ storedUpTo: revision });
  }

  /** Resolves when everything that was taken in is written. @throws what failed */
  async written(): Promise<void> {
    await this.#last;
    if (this.#failure) throw this.#failure.error;
  }

  /**
   * Begins anew with what the database has, and with seals for an outage, while commits go on. Nothing that was taken in
   * before may be missing in the database. What fails before the new journal is in its place leaves the old files as good
   * as they were. @throws as `make`, and the system's errors
   */
  renew(): Promise<void> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** The values of those ids that exist, as of the last commit. @throws SessionFileAlteredError, the system's errors */
  async find(type: string, ids: readonly string[]): Promise<Map<string, string>> {
    const content = await this.#inTurn(async () => {
      const { head, keys, indexKey, folder } = this.#options;
      const files = this.#assertFiles();
      const owner = { botId: head.botId, keys, indexKey };
      this.#content ??= await CopyContent.read(owner, files.snapshotPath, folder.journalPath);
      return this.#content;
    });
    return content.find(type, ids);
  }

  /** Gives back the memory that `find` took. */
  rest(): void {
    this.#content = null;
  }

  /** Resolves when nothing is under way, a renewal neither. Never rejects. */
  async idle(): Promise<void> {
    await this.#renewal?.catch(() => undefined);
    await this.#last;
  }

  /** Ends the writing; the files stay. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.idle();
    await this.#files?.journal.close().catch(() => undefined);
  }

  get #byteCount(): number {
    return this.#files?.journal.byteCount ?? 0;
  }

  #assertFiles(): Files {
    if (this.#failure) throw this.#failure.error;
    if (this.#files === null) throw new Error("the session has no files yet");
    return this.#files;
  }

  #write(step: JournalStep): Promise<void> {
    const isDurable = "entry" in step && !step.isStored;
    return this.#inTurn(async () => {
      // What the database has belongs into the next journal, also when this one does not take it.
      if (!isDurable) this.#remember(step);
      const { journal } = this.#assertFiles();
      try {
        await journal.write(step);
        if (isDurable) await journal.sync();
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
      if (isDurable) this.#remember(step);
      if ("entry" in step) this.#content?.note(step.entry);
    });
  }

  #remember(step: JournalStep): void {
    if (this.#renewal !== null) this.#since.push(step);
  }

  async #renew(): Promise<void> {
    const base = this.#revision;
    this.#since = [];
    await this.#uses.refill();
    const whole = await this.#options.readWhole();
    if (whole.revision < base) throw new Error("the database lacks commits that were taken in");
    await this.#replaceFiles(whole);
  }

  /** The snapshot gets a name of its own: only the rename of the journal changes which files count. */
  async #replaceFiles({ revision, records }: WholeSession): Promise<void> {
    const { folder, head, keys } = this.#options;
    // The keys are wanted when the database, which has them, is away.
    for (const id of new Set(records.map(({ dataKeyId }) => dataKeyId))) await keys.opening(id);
    await makeSessionFolder(folder);
    this.#generation += 1;
    const snapshotPath = snapshotPathOf(folder, this.#generation);
    const { botId, leaseId, epoch, workerId } = head;
    const common = { format: 1, botId, leaseId, epoch, workerId, revision } as const;
    const snapshotBytes = await writeSnapshot(snapshotPath, { ...common, kind: "snapshot" }, records, this.#uses);
    await this.#inTurn(async () => {
      if (this.#isClosed) throw new StoreStoppedError("abandoned");
      const journal = await JournalWriter.draft(folder.journalPath, { ...common, kind: "journal" }, this.#uses);
      await this.#place(journal);
      const before = this.#files;
      this.#files = { journal, snapshotPath, snapshotBytes };
      this.#failure = null;
      this.#content = null;
      this.#since = [];
      await before?.journal.close().catch(() => undefined);
      await clearSessionFolder(folder, [snapshotPath, folder.journalPath]).catch(() => undefined);
    });
  }

  /** With what was written since the snapshot was read. */
  async #place(journal: JournalWriter): Promise<void> {
    try {
      for (const step of this.#since) await journal.write(step);
      await journal.place();
    } catch (error) {
      // The old journal has no name any more, and nobody knows whether the new one keeps its own.
      if (journal.isPlaced) this.#failure = { error };
      await journal.close().catch(() => undefined);
      throw error;
    }
  }

  /** After everything that was asked for before. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }
}
