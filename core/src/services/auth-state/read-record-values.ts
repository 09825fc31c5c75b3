import { readRecords } from "@switchboard/db/queries/auth-records";
import type { BotId } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { recordKeyOf } from "../../crypto/record-cipher.ts";
import { type BotDataKeys, openDataKeys, readThroughRotation } from "./data-keys.ts";
import { openRecordRows } from "./open-records.ts";

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
    const records = await openRecordRows(rows, keys.opening);
    return new Map(records.map(({ id, value }) => [id, value]));
  });
}
