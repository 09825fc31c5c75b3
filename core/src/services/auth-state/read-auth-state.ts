import type { LeaseName } from "@switchboard/db/queries/custody";
import { authRecords, type BotId, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import type { Scope } from "../../domain/vocabulary.ts";
import type { AuthorizedBot } from "../access.ts";
import { openDataKeys, readThroughRotation } from "./data-keys.ts";
import { CREDS_TYPE } from "./open-record-store.ts";
import { openRecordRows } from "./open-records.ts";

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

type RecordContext = Pick<ServiceContext, "db" | "keyring" | "clock">;

async function readRecords(ctx: RecordContext, botId: BotId): Promise<AuthStateCopy> {
  const dataKeys = openDataKeys(ctx, botId);
  const [held, rows] = await ctx.db.readBatch((reader) => [
    reader.select({ revision: custody.authRevision }).from(custody).where(eq(custody.botId, botId)),
    reader.select().from(authRecords).where(eq(authRecords.botId, botId)),
  ]);
  const keys = new Map<string, Map<string, string>>();
  let creds: string | null = null;
  for (const { type, id, value } of await openRecordRows(rows, dataKeys.opening))
    if (type === CREDS_TYPE) creds = value;
    else keys.set(type, (keys.get(type) ?? new Map()).set(id, value));
  return { creds, keys, revision: held[0]?.revision ?? 0 };
}
