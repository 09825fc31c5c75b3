import {
  type AuthRecordPlace,
  type AuthRecordRow,
  deleteUnusedDataKeys,
  recordsUnderRetired,
  replaceSealed,
} from "@switchboard/db/queries/data-keys";
import { type BotId, botPairings, dataKeys } from "@switchboard/db/schema";
import { and, eq, isNotNull } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { SealBrokenError } from "../../crypto/aead.ts";
import { openRecord, sealRecord } from "../../crypto/record-cipher.ts";
import { type BotDataKeys, MissingDataKeyError, openDataKeys } from "../auth-state/data-keys.ts";
import { openPairingSecret, sealPairingSecret } from "../bots/pairing-secret.ts";
import type { RotationSteps } from "./rotate-master-key.ts";

/** What one call moved from retired keys to the present one. */
export interface ResealResult {
  /** Records that are under the present key because of this call. */
  readonly resealed: number;
  /** Records that do not open: they were altered, stay as they are, and keep their key. */
  readonly broken: number;
  /** true: ended because somebody asked for it, before all was moved. */
  readonly isStopped: boolean;
  /** Retired keys that are gone now. */
  readonly deletedKeyIds: readonly number[];
  /** Retired keys that are still there: something is under them, or the holder of their time may have files that are. */
  readonly keptKeyIds: readonly number[];
}

type ResealContext = Pick<ServiceContext, "db" | "keyring" | "clock">;

/** Records of one transaction: short enough that a holder's commit does not wait for it. */
const PAGE = 50;

/**
 * Seals again what is under retired keys of a bot, and deletes those that nothing needs. Each record keeps its version and
 * epoch, and one that its holder writes meanwhile is left to the holder. Safe to repeat, and to run twice at once.
 */
export async function resealUnderPresentKey(
  ctx: ResealContext,
  botId: BotId,
  steps: RotationSteps = {},
): Promise<ResealResult> {
  const keys = openDataKeys(ctx, botId);
  let [resealed, broken, isStopped] = [0, 0, false];
  let place: AuthRecordPlace | null = null;
  for (;;) {
    const rows: AuthRecordRow[] = await recordsUnderRetired(ctx.db.reader, botId, place, PAGE);
    const last = rows.at(-1);
    if (last === undefined) break;
    if (steps.shouldStop?.()) {
      isStopped = true;
      break;
    }
    const moved = await resealPage(ctx, keys, rows);
    resealed += moved.resealed;
    broken += moved.broken;
    place = last;
    steps.onProgress?.(resealed, resealed);
  }
  if (!isStopped) await resealPairing(ctx, keys, botId);
  return { resealed, broken, isStopped, ...(await deleteUnused(ctx, botId)) };
}

async function resealPage(ctx: ResealContext, keys: BotDataKeys, rows: readonly AuthRecordRow[]) {
  const { id: dataKeyId, key } = await keys.sealing(rows.length);
  const pairs = await Promise.all(
    rows.map(async (row) => {
      const record = await openOrSay(keys, row);
      if (typeof record === "string") return record;
      return {
        row,
        sealed: { dataKeyId, ciphertext: await sealRecord(key, { ...row, dataKeyId }, record.id, record.value) },
      };
    }),
  );
  const whole = pairs.filter((pair) => typeof pair !== "string");
  const resealed = await ctx.db.write(async (tx) => {
    let count = 0;
    for (const { row, sealed } of whole) if (await replaceSealed(tx, row, sealed)) count += 1;
    return count;
  });
  // Fewer: a holder was quicker, or the key was retired in turn; who retired it moves the rest.
  if (resealed < whole.length) keys.renew();
  return { resealed, broken: pairs.filter((pair) => pair === "broken").length };
}

/** `broken`: the record was altered; `moved`: its key is gone, since somebody else was quicker. */
async function openOrSay(keys: BotDataKeys, row: AuthRecordRow) {
  try {
    return await openRecord(await keys.opening(row.dataKeyId), row, row.ciphertext);
  } catch (err) {
    if (err instanceof SealBrokenError) return "broken";
    if (err instanceof MissingDataKeyError) return "moved";
    throw err;
  }
}

/** The code of a pairing in progress. */
async function resealPairing(ctx: ResealContext, keys: BotDataKeys, botId: BotId): Promise<void> {
  const isPairing = and(eq(botPairings.botId, botId), isNotNull(botPairings.sealedSecret));
  const [row] = await ctx.db.reader.select().from(botPairings).where(isPairing);
  if (!row?.sealedSecret) return;
  const { attemptId, sealedSecret } = row;
  const secret = await openPairingSecret(keys, row).catch(() => null);
  if (secret === null) return;
  const sealed = await sealPairingSecret(keys, { botId, attemptId }, secret);
  await ctx.db.write(async (tx) => {
    await tx
      .update(botPairings)
      .set({ sealedSecret: sealed })
      .where(and(isPairing, eq(botPairings.attemptId, attemptId), eq(botPairings.sealedSecret, sealedSecret)));
  });
}

async function deleteUnused(ctx: ResealContext, botId: BotId) {
  return ctx.db.write(async (tx) => {
    const deleted = await deleteUnusedDataKeys(tx, botId);
    const kept = await tx
      .select({ id: dataKeys.id })
      .from(dataKeys)
      .where(and(eq(dataKeys.botId, botId), isNotNull(dataKeys.retiredAtMs)));
    return { deletedKeyIds: deleted.map(({ id }) => id), keptKeyIds: kept.map(({ id }) => id) };
  });
}
