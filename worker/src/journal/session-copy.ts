import { openRecord, recordKeyOf } from "@switchboard/core/crypto/record-cipher";
import type { SubtleKey } from "@switchboard/core/crypto/subtle-key";
import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";
import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { CREDS_ID, CREDS_TYPE } from "@switchboard/core/services/auth-state/open-record-store";
import type { SealedRecord } from "@switchboard/core/services/auth-state/sealed-copy";
import type { BotId } from "@switchboard/db/schema";
import { JournalWriter, readJournal } from "./journal-file.ts";
import { KeyUses } from "./key-uses.ts";
import type { FileHead } from "./sealed-file.ts";
import { makeSessionFolder, type SessionFolder } from "./session-folder.ts";
import { readSnapshot, type SnapshotRecord, writeSnapshot } from "./snapshot-file.ts";

/** A journal of this size is replaced by a new snapshot as soon as the database has all of it. */
const JOURNAL_BYTES_MAX = 1024 * 1024;
/** A database that does not answer for so long that its journal grows to this has been away for too much. */
const JOURNAL_BYTES_LIMIT = 64 * 1024 * 1024;

/** Reads the whole session from the database, with the revision it has there. */
export type ReadWhole = () => Promise<{ readonly revision: number; readonly records: readonly SealedRecord[] }>;

/** What a copy is made of and for whom. */
export interface SessionCopyOptions {
  readonly folder: SessionFolder;
  readonly head: Pick<FileHead, "leaseId" | "workerId"> & { readonly botId: BotId; readonly epoch: number };
  readonly keys: BotDataKeys;
  readonly indexKey: SubtleKey;
  readonly readWhole: ReadWhole;
}

/** What the files hold, while they are needed. */
interface Content {
  readonly snapshot: ReadonlyMap<string, SnapshotRecord>;
  /** The last value of each record the journal names; null when it was deleted. */
  readonly changed: Map<string, string | null>;
}

/**
 * The second place of one bot's session: a snapshot as the database had it, and a journal of every commit since.
 *
 * Whole from its opening until a write fails; from then on it is of no use until `renew`. Calls of `append`, `markStored`
 * and `renew` must not run at the same time; they are done in the order of the calls.
 */
export class SessionCopy {
  readonly #options: SessionCopyOptions;
  readonly #uses: KeyUses;
  #journal: JournalWriter;
  #revision: number;
  #failure: { readonly error: unknown } | null = null;
  #last: Promise<void> = Promise.resolve();
  #content: Promise<Content> | null = null;

  private constructor(options: SessionCopyOptions, uses: KeyUses, journal: JournalWriter, revision: number) {
    this.#options = options;
    this.#uses = uses;
    this.#journal = journal;
    this.#revision = revision;
  }

  /** Writes a snapshot of what the database has now. @throws ServiceError stale-epoch, database errors, the system's errors */
  static async make(options: SessionCopyOptions): Promise<SessionCopy> {
    const uses = await KeyUses.reserve(options.keys);
    await makeSessionFolder(options.folder);
    const { journal, revision } = await writeFiles(options, uses);
    return new SessionCopy(options, uses, journal, revision);
  }

  /** The revision the next commit builds on. */
  get revision(): number {
    return this.#revision;
  }

  /** false: a write failed, and what is here may lack something. */
  get isWhole(): boolean {
    return this.#failure === null && this.#journal.byteCount < JOURNAL_BYTES_LIMIT;
  }

  /** Whether `renew` is due, or the only cure. */
  get needsCare(): boolean {
    return this.#failure !== null || this.#journal.byteCount > JOURNAL_BYTES_MAX || this.#uses.areFew;
  }

  /**
   * Takes a commit in: `stored` when the database has it, and then it need not have reached the disk when this resolves.
   * @throws the system's error, and then nothing more is taken in
   */
  append(batch: AuthBatch, isStored: boolean): Promise<void> {
    this.#revision += 1;
    const entry = { ...batch, revision: this.#revision };
    return this.#inOrder(async () => {
      await this.#journal.append(entry, isStored);
      if (!isStored) await this.#journal.sync();
      if (this.#content !== null) note((await this.#content).changed, batch);
    });
  }

  /** Notes that the database has everything up to a revision. */
  markStored(revision: number): Promise<void> {
    return this.#inOrder(() => this.#journal.markStored(revision));
  }

  /** Resolves when everything that was taken in is written. @throws what failed */
  async written(): Promise<void> {
    await this.#last;
    if (this.#failure) throw this.#failure.error;
  }

  /** Begins anew with what the database has, and with seals for an outage. Nothing may be missing there. @throws as `make` */
  async renew(): Promise<void> {
    await this.#last;
    await this.#uses.refill();
    const { journal, revision } = await writeFiles(this.#options, this.#uses);
    await this.#journal.close().catch(() => undefined);
    this.#journal = journal;
    this.#revision = revision;
    this.#failure = null;
    this.#content = null;
  }

  /** The values of those ids that exist, as of the last commit. @throws SessionFileAlteredError, the system's errors */
  async find(type: string, ids: readonly string[]): Promise<Map<string, string>> {
    await this.written();
    this.#content ??= this.#read();
    this.#content.catch(() => {
      this.#content = null;
    });
    const content = await this.#content;
    const values = await Promise.all(ids.map(async (id) => [id, await this.#valueOf(content, type, id)] as const));
    return new Map(values.flatMap(([id, value]) => (value === null ? [] : [[id, value] as const])));
  }

  /** Gives back the memory that `find` took. */
  rest(): void {
    this.#content = null;
  }

  /** Ends the writing; the files stay. */
  async close(): Promise<void> {
    await this.#last;
    await this.#journal.close().catch(() => undefined);
  }

  async #valueOf({ changed, snapshot }: Content, type: string, id: string): Promise<string | null> {
    const value = changed.get(nameOf(type, id));
    if (value !== undefined) return value;
    const { head, indexKey, keys } = this.#options;
    const row = snapshot.get(nameOf(type, hexOf(await recordKeyOf(indexKey, head.botId, type, id))));
    if (row === undefined) return null;
    const address = { ...row, botId: head.botId };
    return (await openRecord(await keys.opening(row.dataKeyId), address, row.ciphertext)).value;
  }

  async #read(): Promise<Content> {
    const { folder, keys } = this.#options;
    const { records } = await readSnapshot(folder.snapshotPath, keys);
    const journal = await readJournal(folder.journalPath, keys);
    const changed = new Map<string, string | null>();
    for (const batch of journal?.entries ?? []) note(changed, batch);
    return { snapshot: new Map(records.map((row) => [nameOf(row.type, hexOf(row.recordKey)), row])), changed };
  }

  async #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#failure) throw this.#failure.error;
      try {
        await work();
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** The snapshot first: a journal that is older than its snapshot has only commits too many, never too few. */
async function writeFiles({ folder, head, keys, readWhole }: SessionCopyOptions, uses: KeyUses) {
  const { revision, records } = await readWhole();
  // The keys are wanted when the database, which has them, is away.
  for (const id of new Set(records.map(({ dataKeyId }) => dataKeyId))) await keys.opening(id);
  const { botId, leaseId, epoch, workerId } = head;
  const common = { format: 1, botId, leaseId, epoch, workerId, revision } as const;
  await writeSnapshot(folder.snapshotPath, { ...common, kind: "snapshot" }, records, uses);
  const journal = await JournalWriter.begin(folder.journalPath, { ...common, kind: "journal" }, uses);
  return { journal, revision };
}

function note(changed: Map<string, string | null>, { records, creds }: AuthBatch): void {
  for (const { type, id, value } of records) changed.set(nameOf(type, id), value);
  if (creds !== null) changed.set(nameOf(CREDS_TYPE, CREDS_ID), creds);
}

const nameOf = (type: string, id: string): string => `${type}:${id}`;

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
