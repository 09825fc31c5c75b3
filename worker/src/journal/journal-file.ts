import { type FileHandle, open } from "node:fs/promises";
import type { Bytes } from "@switchboard/core/crypto/bytes";
import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";
import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { PRIVATE_FILE_MODE, readIfThere, renameDurably, writeAll } from "./durable-files.ts";
import { SessionFileAlteredError } from "./errors.ts";
import type { KeyUses } from "./key-uses.ts";
import { encodeHead, type FileHead, openSealedFile, sealEntry } from "./sealed-file.ts";

/** One commit as the journal has it. */
export interface JournalEntry extends AuthBatch {
  /** The revision the commit makes. */
  readonly revision: number;
}

/** What is written into a journal: a commit, or that the database has everything up to a revision. */
export type JournalStep =
  | { readonly entry: JournalEntry; readonly isStored: boolean }
  | { readonly storedUpTo: number };

/** What a journal says after its writer is gone. */
export interface ReadJournal {
  readonly head: FileHead;
  readonly entries: readonly JournalEntry[];
  /** Commits up to this revision are known to be in the database. */
  readonly storedUpTo: number;
  /** Bytes that do not count: the end of a write that was cut off. */
  readonly tornBytes: number;
}

/** The journal of one bot under one lease, written by one process. */
export class JournalWriter {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #baseRevision: number;
  readonly #head: Bytes;
  readonly #uses: KeyUses;
  #position = 0;
  #endsAt: number;
  #isPlaced = false;

  private constructor(handle: FileHandle, path: string, head: FileHead, uses: KeyUses) {
    this.#handle = handle;
    this.#path = path;
    this.#baseRevision = head.revision;
    this.#head = encodeHead(head);
    this.#uses = uses;
    this.#endsAt = this.#head.length;
  }

  /** Begins an empty journal that counts once it is placed. @throws the system's error */
  static async draft(path: string, head: FileHead, uses: KeyUses): Promise<JournalWriter> {
    const handle = await open(draftOf(path), "w", PRIVATE_FILE_MODE);
    const writer = new JournalWriter(handle, path, head, uses);
    try {
      await writeAll(handle, writer.#head, 0);
      return writer;
    } catch (err) {
      await handle.close();
      throw err;
    }
  }

  get byteCount(): number {
    return this.#endsAt;
  }

  /** Whether it has its name: what was there before is gone. */
  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /** Puts it in the place of what is there, with all that was written. @throws the system's error; see `isPlaced` then */
  async place(): Promise<void> {
    await this.#handle.sync();
    await renameDurably(draftOf(this.#path), this.#path, () => {
      this.#isPlaced = true;
    });
  }

  /** Writes one step; a commit that the journal's beginning includes is left out. */
  async write(step: JournalStep): Promise<void> {
    if ("storedUpTo" in step) return this.markStored(step.storedUpTo);
    if (step.entry.revision > this.#baseRevision) await this.append(step.entry, step.isStored);
  }

  /** Appends a commit; `isStored` when the database has it already. On the disk for sure only after `sync`. */
  append(entry: JournalEntry, isStored: boolean): Promise<void> {
    const { revision, records, creds } = entry;
    return this.#write({ revision, isStored, creds, records });
  }

  /** Notes that everything up to this revision is in the database. */
  markStored(revision: number): Promise<void> {
    return this.#write({ storedUpTo: revision });
  }

  /** What was appended survives a loss of power. @throws the system's error */
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Calls must not run at the same time, and a failed one is the last: it may have left half an entry. */
  async #write(content: object): Promise<void> {
    const frame = await sealEntry(this.#head, this.#position, this.#uses.take(), JSON.stringify(content));
    this.#endsAt = await writeAll(this.#handle, frame, this.#endsAt);
    this.#position += 1;
  }
}

/**
 * Reads a journal whose writer is gone, or one's own. null: there is none, or it was never begun.
 * @throws SessionFileAlteredError, database errors of the keys
 */
export async function readJournal(path: string, keys: Pick<BotDataKeys, "opening">): Promise<ReadJournal | null> {
  const bytes = await readIfThere(path);
  const file = bytes === null ? null : await openSealedFile(bytes, keys);
  if (bytes === null || file === null) return null;
  if (file.head.kind !== "journal") throw new SessionFileAlteredError("this file is no journal");
  const entries: JournalEntry[] = [];
  let storedUpTo = file.head.revision;
  for (const text of file.entries) {
    const content: Partial<JournalEntry> & { isStored?: boolean; storedUpTo?: number } = JSON.parse(text);
    if (content.storedUpTo !== undefined) storedUpTo = Math.max(storedUpTo, content.storedUpTo);
    if (content.revision === undefined) continue;
    const { revision, records = [], creds = null } = content;
    if (revision !== file.head.revision + entries.length + 1)
      throw new SessionFileAlteredError("a commit is missing in the journal");
    entries.push({ revision, records, creds });
    if (content.isStored) storedUpTo = Math.max(storedUpTo, revision);
  }
  return { head: file.head, entries, storedUpTo, tornBytes: bytes.length - file.endsAt };
}

const draftOf = (path: string): string => `${path}.new`;
