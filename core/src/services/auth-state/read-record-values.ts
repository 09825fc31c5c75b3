import { readRecords } from "@switchboard/db/queries/auth-records";
import type { BotId } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { openRecord, recordKeyOf } from "../../crypto/record-cipher.ts";
import { type BotDataKeys, openDataKeys, readThroughRotation } from "./data-keys.ts";

/**
 * Opens those of the named records that exist, by id. The caller has checked that the bot may be read.
 * @throws SealBrokenError when a row was altered, moved or rolled back
 */
export async function readRecordValues(
  ctx: Pick<ServiceContext, "db" | "keyring" | "clock">,
  botId: BotId,
  type: string,
  ids: readonly string[],
  keys: BotDataKeys = openDataKeys(ctx, botId),
): Promise<Map<string, string>> {
  const names = await Promise.all(ids.map((id) => recordKeyOf(ctx.keyring.index, botId, type, id)));
  return readThroughRotation(async () => {
    const rows = await readRecords(ctx.db.reader, botId, type, names);
    const values = new Map<string, string>();
    for (const row of rows) {
      const record = await openRecord(await keys.opening(row.dataKeyId), row, row.ciphertext);
      values.set(record.id, record.value);
    }
    return values;
  });
}
