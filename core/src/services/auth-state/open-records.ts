import type { findDataKeys, findNamedRecords } from "@switchboard/db/queries/auth-records";
import type { BotId } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { openRecord, type RecordAddress } from "../../crypto/record-cipher.ts";
import type { SubtleKey } from "../../crypto/subtle-key.ts";
import { openDataKeyRow } from "./data-keys.ts";

/** Enough to keep every core busy, few enough that other work is not queued behind a large read. */
const OPENED_AT_ONCE = 64;

type DataKeyRow = Awaited<ReturnType<typeof findDataKeys>>[number];
type RecordRow = Awaited<ReturnType<typeof findNamedRecords>>[number];

/** A stored record with all that its seal is bound to. */
type SealedRow = RecordAddress & { readonly ciphertext: Uint8Array };

/** An opened record; `value` is JSON text in the form of BufferJSON. */
export interface OpenedRecord {
  readonly type: string;
  readonly id: string;
  readonly value: string;
}

/**
 * Opens rows, in their order. @param opening the data key of an id
 * @throws SealBrokenError when a row was altered, moved or rolled back; what `opening` throws
 */
export async function openRecordRows(
  rows: readonly SealedRow[],
  opening: (dataKeyId: number) => Promise<SubtleKey>,
): Promise<OpenedRecord[]> {
  const records: OpenedRecord[] = [];
  for (let start = 0; start < rows.length; start += OPENED_AT_ONCE) {
    const opened = rows.slice(start, start + OPENED_AT_ONCE).map(async (row) => {
      return { type: row.type, ...(await openRecord(await opening(row.dataKeyId), row, row.ciphertext)) };
    });
    records.push(...(await Promise.all(opened)));
  }
  return records;
}

/** Opens records with data keys of the same snapshot. @throws SealBrokenError when a row was altered, moved or rolled back */
export async function openRecords(
  ctx: Pick<ServiceContext, "keyring">,
  botId: BotId,
  keyRows: readonly DataKeyRow[],
  rows: readonly RecordRow[],
): Promise<OpenedRecord[]> {
  const keys = await openUsedKeys(ctx, keyRows, rows);
  return openRecordRows(
    rows.map((row) => ({ botId, ...row })),
    async (id) => {
      const key = keys.get(id);
      if (!key) throw new Error(`bot ${botId} has no data key ${id}`);
      return key;
    },
  );
}

async function openUsedKeys(
  ctx: Pick<ServiceContext, "keyring">,
  keyRows: readonly DataKeyRow[],
  rows: readonly RecordRow[],
): Promise<ReadonlyMap<number, SubtleKey>> {
  const used = new Set(rows.map(({ dataKeyId }) => dataKeyId));
  const opened = keyRows
    .filter(({ id }) => used.has(id))
    .map(async (row) => [row.id, await openDataKeyRow(ctx, row)] as const);
  return new Map(await Promise.all(opened));
}
