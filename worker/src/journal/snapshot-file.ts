import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import type { SealedRecord } from "@switchboard/core/services/auth-state/sealed-copy";
import { readIfThere, replaceFile } from "./durable-files.ts";
import { SessionFileAlteredError } from "./errors.ts";
import type { KeyUses } from "./key-uses.ts";
import { encodeHead, type FileHead, openSealedFile, sealEntry } from "./sealed-file.ts";

const RECORDS_PER_ENTRY = 500;

/** A record as the snapshot has it: as the database had it, sealed for itself. */
export type SnapshotRecord = Pick<SealedRecord, "type" | "version" | "dataKeyId"> & {
  readonly recordKey: Uint8Array;
  readonly ciphertext: Uint8Array;
};

/** Writes all records of a bot; answers the bytes of the file. @throws the system's error, ENOSPC for one */
export async function writeSnapshot(
  path: string,
  head: FileHead,
  records: readonly SealedRecord[],
  uses: KeyUses,
): Promise<number> {
  const headBytes = encodeHead(head);
  const parts: Uint8Array[] = [headBytes];
  for (let start = 0; start < records.length; start += RECORDS_PER_ENTRY) {
    const rows = records.slice(start, start + RECORDS_PER_ENTRY).map(toRow);
    parts.push(await sealEntry(headBytes, parts.length - 1, uses.take(), JSON.stringify(rows)));
  }
  // Without its last entry a snapshot is not whole, so that a shortened one is not taken for a small one.
  const end = JSON.stringify({ recordCount: records.length });
  parts.push(await sealEntry(headBytes, parts.length - 1, uses.take(), end));
  await replaceFile(path, parts);
  return parts.reduce((total, { length }) => total + length, 0);
}

/** Reads a snapshot. @throws SessionFileAlteredError also when it is missing or not whole; database errors of the keys */
export async function readSnapshot(
  path: string,
  keys: Pick<BotDataKeys, "opening">,
): Promise<{ readonly head: FileHead; readonly records: readonly SnapshotRecord[] }> {
  const bytes = await readIfThere(path);
  const file = bytes === null ? null : await openSealedFile(bytes, keys);
  const end: { recordCount?: number } = JSON.parse(file?.entries.at(-1) ?? "{}");
  if (file === null || file.head.kind !== "snapshot" || end.recordCount === undefined)
    throw new SessionFileAlteredError("the snapshot is missing or not whole");
  const records = file.entries.slice(0, -1).flatMap((text) => (JSON.parse(text) as Row[]).map(fromRow));
  if (records.length !== end.recordCount) throw new SessionFileAlteredError("the snapshot lacks records");
  return { head: file.head, records };
}

/** Type, record key, version, data key and ciphertext; bytes in base64. */
type Row = readonly [string, string, number, number, string];

const toRow = ({ type, recordKey, version, dataKeyId, ciphertext }: SealedRecord): Row => [
  type,
  Buffer.from(recordKey).toString("base64"),
  version,
  dataKeyId,
  Buffer.from(ciphertext).toString("base64"),
];

const fromRow = ([type, recordKey, version, dataKeyId, ciphertext]: Row): SnapshotRecord => ({
  type,
  recordKey: Buffer.from(recordKey, "base64"),
  version,
  dataKeyId,
  ciphertext: Buffer.from(ciphertext, "base64"),
});
