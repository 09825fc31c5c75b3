import { authRecords, type BotId, bots, dataKeys, type TeamId } from "@switchboard/db/schema";
import { asc, count, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";

/**
 * A data key is replaced after this many seals: random 96-bit nonces collide with 4.6e-13 until then, and SP 800-38D, 8.3
 * ends at 2^32. The room in between is what processes may have reserved.
 */
export const DATA_KEY_USES_MAX = 2 ** 28;
/** A data key is replaced at this age, however little it was used. */
export const DATA_KEY_AGE_MAX_MS = 90 * 86_400_000;

/** Why a bot's data key is to be replaced; null: it is not yet. */
export type DataKeyDue = "uses" | "age" | null;

/** How the data keys of one bot stand. */
export interface DataKeyStanding {
  readonly botId: BotId;
  readonly teamId: TeamId;
  readonly name: string;
  /** The key that seals. */
  readonly keyId: number;
  readonly uses: number;
  readonly createdAtMs: number;
  readonly due: DataKeyDue;
  /** Keys that seal no more and are still there: a rotation is under way, or waits for a holder to let go. */
  readonly retiredKeyIds: readonly number[];
}

/** Every bot that has a data key, by its id; bots whose deletion is under way included. */
export async function listDataKeys(ctx: Pick<ServiceContext, "db" | "clock">): Promise<readonly DataKeyStanding[]> {
  const [owners, keys] = await ctx.db.readBatch((reader) => [
    reader.select({ botId: bots.id, teamId: bots.teamId, name: bots.name }).from(bots).orderBy(asc(bots.id)),
    reader.select().from(dataKeys).orderBy(asc(dataKeys.botId), asc(dataKeys.id)),
  ]);
  const keysOf = Map.groupBy(keys, (key) => key.botId);
  return owners.flatMap((owner) => {
    const all = keysOf.get(owner.botId) ?? [];
    const newest = all.findLast((key) => key.retiredAtMs === null);
    if (!newest) return [];
    return {
      ...owner,
      keyId: newest.id,
      uses: newest.uses,
      createdAtMs: newest.createdAtMs,
      due: dueOf(newest, ctx.clock.nowMs()),
      retiredKeyIds: all.filter((key) => key.retiredAtMs !== null).map((key) => key.id),
    };
  });
}

/** Records of a bot by the data key they are sealed under. Reads all of the bot's rows: for people, not for a job. */
export async function countRecordsByKey(
  ctx: Pick<ServiceContext, "db">,
  botId: BotId,
): Promise<ReadonlyMap<number, number>> {
  const rows = await ctx.db.reader
    .select({ keyId: authRecords.dataKeyId, records: count() })
    .from(authRecords)
    .where(eq(authRecords.botId, botId))
    .groupBy(authRecords.dataKeyId);
  return new Map(rows.map(({ keyId, records }) => [keyId, records]));
}

/** Whether a key is to be replaced, and why. */
export function dueOf(key: { readonly uses: number; readonly createdAtMs: number }, nowMs: number): DataKeyDue {
  if (key.uses >= DATA_KEY_USES_MAX) return "uses";
  return nowMs - key.createdAtMs >= DATA_KEY_AGE_MAX_MS ? "age" : null;
}
