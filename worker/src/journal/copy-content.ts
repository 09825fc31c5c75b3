import { openRecord, recordKeyOf } from "@switchboard/core/crypto/record-cipher";
import type { SubtleKey } from "@switchboard/core/crypto/subtle-key";
import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";
import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { CREDS_ID, CREDS_TYPE } from "@switchboard/core/services/auth-state/open-record-store";
import type { BotId } from "@switchboard/db/schema";
import { SessionFileAlteredError } from "./errors.ts";
import { readJournal } from "./journal-file.ts";
import { readSnapshot, type SnapshotRecord } from "./snapshot-file.ts";

/** Whose records a content is of, and what opens them. */
export interface ContentKeys {
  readonly botId: BotId;
  readonly keys: BotDataKeys;
  readonly indexKey: SubtleKey;
}

/** What a snapshot and the journal that goes on from it say together, in memory while it is needed. */
export class CopyContent {
  readonly #keys: ContentKeys;
  readonly #snapshot: ReadonlyMap<string, SnapshotRecord>;
  /** The last value of each record the journal names; null when it was deleted. */
  readonly #changed = new Map<string, string | null>();

  private constructor(keys: ContentKeys, snapshot: readonly SnapshotRecord[]) {
    this.#keys = keys;
    this.#snapshot = new Map(snapshot.map((row) => [nameOf(row.type, hexOf(row.recordKey)), row]));
  }

  /** @throws SessionFileAlteredError also when the two do not belong together; the system's errors */
  static async read(keys: ContentKeys, snapshotPath: string, journalPath: string): Promise<CopyContent> {
    const snapshot = await readSnapshot(snapshotPath, keys.keys);
    const journal = await readJournal(journalPath, keys.keys);
    if (journal?.head.revision !== snapshot.head.revision)
      throw new SessionFileAlteredError("the journal does not go on from the snapshot");
    const content = new CopyContent(keys, snapshot.records);
    for (const batch of journal.entries) content.note(batch);
    return content;
  }

  /** Takes a commit in that the journal has by now. */
  note({ records, creds }: AuthBatch): void {
    for (const { type, id, value } of records) this.#changed.set(nameOf(type, id), value);
    if (creds !== null) this.#changed.set(nameOf(CREDS_TYPE, CREDS_ID), creds);
  }

  /** The values of those ids that exist. @throws errors of the cipher */
  async find(type: string, ids: readonly string[]): Promise<Map<string, string>> {
    const values = await Promise.all(ids.map(async (id) => [id, await this.#valueOf(type, id)] as const));
    return new Map(values.flatMap(([id, value]) => (value === null ? [] : [[id, value] as const])));
  }

  async #valueOf(type: string, id: string): Promise<string | null> {
    const value = this.#changed.get(nameOf(type, id));
    if (value !== undefined) return value;
    const { botId, indexKey, keys } = this.#keys;
    const row = this.#snapshot.get(nameOf(type, hexOf(await recordKeyOf(indexKey, botId, type, id))));
    if (row === undefined) return null;
    return (await openRecord(await keys.opening(row.dataKeyId), { ...row, botId }, row.ciphertext)).value;
  }
}

const nameOf = (type: string, id: string): string => `${type}:${id}`;

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
