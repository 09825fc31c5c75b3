import type { SealedBatch } from "@switchboard/db/queries/auth-records";
import type { BotId } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { recordKeyOf, sealRecord } from "../../crypto/record-cipher.ts";
import type { SubtleKey } from "../../crypto/subtle-key.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";

/** A data key that seals. */
export interface SealingDataKey {
  readonly id: number;
  readonly key: SubtleKey;
}

/** Where the records of a batch will stand: `version` is the revision the batch makes, and part of each seal. */
interface BatchPlace {
  readonly botId: BotId;
  readonly version: number;
}

/** Seals the records of one batch under one data key; those without a value are named for removal. */
export async function sealChanges(
  ctx: Pick<ServiceContext, "keyring">,
  { id: dataKeyId, key }: SealingDataKey,
  { botId, version }: BatchPlace,
  changes: readonly AuthRecord[],
): Promise<Pick<SealedBatch, "set" | "remove">> {
  const set: SealedBatch["set"][number][] = [];
  const remove: SealedBatch["remove"][number][] = [];
  await Promise.all(
    changes.map(async ({ type, id, value }) => {
      const recordKey = await recordKeyOf(ctx.keyring.index, botId, type, id);
      if (value === null) return remove.push({ type, recordKey });
      const ciphertext = await sealRecord(key, { botId, type, recordKey, version, dataKeyId }, id, value);
      return set.push({ type, recordKey, dataKeyId, ciphertext });
    }),
  );
  return { set, remove };
}
