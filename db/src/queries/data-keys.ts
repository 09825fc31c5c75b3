import { and, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import { authRecords, type BotId, botPairings, custody, dataKeys } from "../schema/index.ts";
import type { Reader, Transaction } from "../types.ts";
import { databaseNowMs, isHeld } from "./custody.ts";

/** How long a retired key is kept for the files of a holder that had the bot when the key was retired, in milliseconds. */
export const RETIRED_KEY_KEPT_MS = 86_400_000;

/** A record as it is stored. */
export type AuthRecordRow = typeof authRecords.$inferSelect;

/** A place between two records of a bot, in the order of the primary key. */
export type AuthRecordPlace = Pick<AuthRecordRow, "type" | "recordKey">;

const retiredIds = (botId: BotId): SQL =>
  sql`(select id from data_keys where bot_id = ${botId} and retired_at_ms is not null)`;

/** Records of a bot that are under a retired key, in the order of the primary key, after `place` (null: from the first). */
export function recordsUnderRetired(
  reader: Pick<Reader, "select">,
  botId: BotId,
  place: AuthRecordPlace | null,
  limit: number,
) {
  const isAfter =
    place === null
      ? undefined
      : sql`(${authRecords.type}, ${authRecords.recordKey}) > (${place.type}, ${place.recordKey})`;
  return reader
    .select()
    .from(authRecords)
    .where(and(eq(authRecords.botId, botId), sql`${authRecords.dataKeyId} in ${retiredIds(botId)}`, isAfter))
    .orderBy(authRecords.type, authRecords.recordKey)
    .limit(limit);
}

/**
 * Puts a record that was sealed again in the place of the same record. Guarantee: only while the row is at the version it was
 * read at and under the key it was read under, so that what a holder wrote meanwhile stays; and only while the new key is
 * not retired itself. Version and epoch stay. false: nothing was changed.
 */
export async function replaceSealed(
  tx: Transaction,
  row: AuthRecordRow,
  sealed: { readonly dataKeyId: number; readonly ciphertext: Uint8Array },
): Promise<boolean> {
  const isUsable = sql`exists (select 1 from data_keys where bot_id = ${row.botId} and id = ${sealed.dataKeyId}
    and retired_at_ms is null)`;
  const changed = await tx
    .update(authRecords)
    .set(sealed)
    .where(
      and(
        eq(authRecords.botId, row.botId),
        eq(authRecords.type, row.type),
        eq(authRecords.recordKey, row.recordKey),
        eq(authRecords.version, row.version),
        eq(authRecords.dataKeyId, row.dataKeyId),
        isUsable,
      ),
    )
    .returning({ version: authRecords.version });
  return changed.length === 1;
}

/**
 * Deletes the retired keys of a bot that nothing needs. Guarantee: no record and no pairing code is sealed under them, and
 * none can be any more, since commits under a retired key are refused. A key stays while the bot is held under a lease
 * that was granted before the key was retired, for {@link RETIRED_KEY_KEPT_MS} at most: snapshot and journal on the
 * holder's disk may be sealed under it.
 * Example: `[{id: 1}]`.
 */
export const deleteUnusedDataKeys = (tx: Transaction, botId: BotId) =>
  tx
    .delete(dataKeys)
    .where(
      and(
        eq(dataKeys.botId, botId),
        isNotNull(dataKeys.retiredAtMs),
        sql`not exists (select 1 from ${authRecords} where ${authRecords.botId} = ${botId}
          and ${authRecords.dataKeyId} = ${dataKeys.id})`,
        sql`not exists (select 1 from ${botPairings} where ${botPairings.botId} = ${botId}
          and ${botPairings.sealedSecret} is not null
          and hex(substr(${botPairings.sealedSecret}, 1, 4)) = printf('%08X', ${dataKeys.id}))`,
        or(
          sql`${dataKeys.retiredAtMs} <= ${databaseNowMs} - ${RETIRED_KEY_KEPT_MS}`,
          sql`not exists ${heldSince(botId)}`,
        ),
      ),
    )
    .returning({ id: dataKeys.id });

const heldSince = (botId: BotId): SQL =>
  sql`(select 1 from ${custody} where ${eq(custody.botId, botId)} and ${isHeld}
    and ${custody.grantedAtMs} <= ${dataKeys.retiredAtMs})`;
