import { databaseNowMs } from "@switchboard/db/queries/custody";
import { type BotId, bots, dataKeys } from "@switchboard/db/schema";
import { and, desc, eq, isNull } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { wrapNewDataKey } from "../auth-state/data-keys.ts";
import { writeAudit } from "../records.ts";
import { isWrappingKey } from "./master-key-state.ts";
import { type ResealResult, resealUnderPresentKey } from "./reseal-records.ts";
import type { RotationSteps } from "./rotate-master-key.ts";

/** Why a rotation was begun. */
export type RotationCause = "asked" | "uses" | "age";

/** What one call did for one bot. */
export interface DataKeyRotation extends ResealResult {
  /** The key that seals from now on; null: an earlier rotation went on, and no other was begun. */
  readonly newKeyId: number | null;
}

/** Tries to make a key that a rotation of the master key, or another process, may come before. */
const TRIES_MAX = 5;

/**
 * Gives a bot a new data key, seals its records again under it, and deletes the former one once nothing needs it. From the
 * first transaction on new seals are under the new key: whoever still holds the former one has its next commit refused,
 * and seals again. Readers and writers go on throughout. Where an earlier rotation did not come to its end, this one goes
 * on with it and begins no other. null: the bot has no data key.
 */
export async function rotateDataKey(
  ctx: ServiceContext,
  botId: BotId,
  cause: RotationCause,
  steps: RotationSteps = {},
): Promise<DataKeyRotation | null> {
  const earlier = await resealUnderPresentKey(ctx, botId, steps);
  if (earlier.isStopped || earlier.resealed > 0) return { ...earlier, newKeyId: null };
  const newKeyId = await beginRotation(ctx, botId, cause);
  if (newKeyId === null) return null;
  const now = await resealUnderPresentKey(ctx, botId, steps);
  return { ...now, newKeyId, deletedKeyIds: [...earlier.deletedKeyIds, ...now.deletedKeyIds] };
}

/** Makes the new key and retires the former one, in one transaction. null: the bot has no key to be followed. */
async function beginRotation(ctx: ServiceContext, botId: BotId, cause: RotationCause): Promise<number | null> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const [newest] = await ctx.db.reader
      .select({ id: dataKeys.id })
      .from(dataKeys)
      .where(eq(dataKeys.botId, botId))
      .orderBy(desc(dataKeys.id))
      .limit(1);
    if (!newest) return null;
    const key = await wrapNewDataKey(ctx, botId, newest.id + 1);
    const isBegun = await ctx.db.write(async (tx) => {
      if (!(await isWrappingKey(tx, key.masterKeyId))) return false;
      const isFormer = and(eq(dataKeys.botId, botId), eq(dataKeys.id, newest.id), isNull(dataKeys.retiredAtMs));
      const retired = tx.update(dataKeys).set({ retiredAtMs: databaseNowMs }).where(isFormer);
      if ((await retired.returning({ id: dataKeys.id })).length === 0) return false;
      await tx.insert(dataKeys).values(key);
      const [bot] = await tx.select({ teamId: bots.teamId }).from(bots).where(eq(bots.id, botId));
      const detail = { keyId: key.id, formerKeyId: newest.id, cause };
      const action = "bot.rotate-data-key";
      await writeAudit(tx, ctx, { action, objectId: botId, teamId: bot?.teamId ?? null, botId, detail });
      return true;
    });
    if (isBegun) return key.id;
  }
  throw new Error("another process rotates the keys at the same time; repeat it");
}
