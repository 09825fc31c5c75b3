import type { findDataKeys, findNamedRecords } from "@switchboard/db/queries/auth-records";
import type { BotId } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { openRecord } from "../../crypto/record-cipher.ts";
import type { SubtleKey } from "../../crypto/subtle-key.ts";
import { openDataKeyRow } from "./data-keys.ts";

/** Enough to keep every core busy, few enough that other work is not queued behind a large read. */
const OPENED_AT_ONCE = 64;

type DataKeyRow = Awaited<ReturnType<typeof findDataKeys>>[number];
type RecordRow = Awaited<ReturnType<typeof findNamedRecords>>[number];

/** An opened record; `value` is JSON text in the form of BufferJSON. */
export interface OpenedRecord {
  readonly type: string;
  readonly id: string;
  readonly value: string;
}

/** Opens records with data keys of the same snapshot. @throws SealBrokenError when a row was altered, moved or rolled back */
export async function openRecords(
  ctx: Pick<ServiceContext, "keyring">,
  botId: BotId,
  keyRows: readonly DataKeyRow[],
  rows: readonly RecordRow[],
): Promise<OpenedRecord[]> {
  const keys = await openUsedKeys(ctx, keyRows, rows);
  const records: OpenedRecord[] = [];
  for (let start = 0; start < rows.length; start += OPENED_AT_ONCE) {
    const slice = rows.slice(start, start + OPENED_AT_ONCE);
    const opened = await Promise.all(
      slice.map(async (row) => {
        const key = keys.get(row.dataKeyId);
        if (!key) throw new Error(`bot ${botId} has no data key ${row.dataKeyId}`);
        return { type: row.type, ...(await openRecord(key, { botId, ...row }, row.ciphertext)) };
      }),
    );
    records.push(...opened);
  }
  return records;
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
