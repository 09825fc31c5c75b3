import type { LeaseName } from "@switchboard/db/queries/custody";
import { authRecords, type BotId, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { openRecord } from "../../crypto/record-cipher.ts";
import type { Scope } from "../../domain/vocabulary.ts";
import type { AuthorizedBot } from "../access.ts";
import { openDataKeys, readThroughRotation } from "./data-keys.ts";
import { CREDS_TYPE } from "./open-record-store.ts";

/** A bot's whole auth state as BufferJSON text, and the revision it was read at. */
export interface AuthStateCopy {
  /** null when the bot was never paired. */
  readonly creds: string | null;
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly revision: number;
}

/**
 * Reads every record of a bot in one snapshot. @throws SealBrokenError when a row was altered, moved or rolled back
 */
export function readAuthState(
  ctx: ServiceContext,
  bot: AuthorizedBot<Extract<Scope, "session:read">>,
): Promise<AuthStateCopy> {
  return readThroughRotation(() => readRecords(ctx, bot.id));
}

/**
 * The same for the holder of a lease, to recover a session before its first use. Not fenced: what is written because of
 * it must be. @throws SealBrokenError
 */
export function readHeldAuthState(ctx: RecordContext, lease: LeaseName): Promise<AuthStateCopy> {
  return readThroughRotation(() => readRecords(ctx, lease.botId));
}

/** Enough to keep every core busy, few enough that other work is not queued behind a whole session. */
const OPENED_AT_ONCE = 64;

type RecordContext = Pick<ServiceContext, "db" | "keyring" | "clock">;

async function readRecords(ctx: RecordContext, botId: BotId): Promise<AuthStateCopy> {
  const dataKeys = openDataKeys(ctx, botId);
  const [held, rows] = await ctx.db.readBatch((reader) => [
    reader.select({ revision: custody.authRevision }).from(custody).where(eq(custody.botId, botId)),
    reader.select().from(authRecords).where(eq(authRecords.botId, botId)),
  ]);
  const keys = new Map<string, Map<string, string>>();
  let creds: string | null = null;
  for (let start = 0; start < rows.length; start += OPENED_AT_ONCE) {
    const slice = rows.slice(start, start + OPENED_AT_ONCE);
    const opened = await Promise.all(
      slice.map(async (row) => {
        const record = await openRecord(await dataKeys.opening(row.dataKeyId), row, row.ciphertext);
        return { type: row.type, ...record };
      }),
    );
    for (const { type, id, value } of opened)
      if (type === CREDS_TYPE) creds = value;
      else keys.set(type, (keys.get(type) ?? new Map()).set(id, value));
  }
  return { creds, keys, revision: held[0]?.revision ?? 0 };
}
