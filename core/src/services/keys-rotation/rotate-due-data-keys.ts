import type { ServiceContext } from "../../context.ts";
import { listDataKeys } from "./data-key-standing.ts";
import { resealUnderPresentKey } from "./reseal-records.ts";
import { type DataKeyRotation, rotateDataKey } from "./rotate-data-key.ts";
import type { RotationSteps } from "./rotate-master-key.ts";

/** What a run of the job did. */
export interface DueRotations {
  /** Bots that got a new key. */
  readonly rotated: number;
  /** Records sealed again. */
  readonly resealed: number;
  /** Records that do not open and keep their key. */
  readonly broken: number;
  /** Retired keys that are gone now. */
  readonly deletedKeys: number;
}

/**
 * Replaces the data keys that are due, by uses or age, and brings to an end what an earlier rotation left. For a job of the
 * worker; two workers may do it at once.
 */
export async function rotateDueDataKeys(ctx: ServiceContext, steps: RotationSteps = {}): Promise<DueRotations> {
  let [rotated, resealed, broken, deletedKeys] = [0, 0, 0, 0];
  for (const { botId, due, retiredKeyIds } of await listDataKeys(ctx)) {
    if (steps.shouldStop?.()) break;
    if (due === null && retiredKeyIds.length === 0) continue;
    const result: DataKeyRotation | null =
      due === null
        ? { ...(await resealUnderPresentKey(ctx, botId, steps)), newKeyId: null }
        : await rotateDataKey(ctx, botId, due, steps);
    rotated += result?.newKeyId ? 1 : 0;
    resealed += result?.resealed ?? 0;
    broken += result?.broken ?? 0;
    deletedKeys += result?.deletedKeyIds.length ?? 0;
  }
  return { rotated, resealed, broken, deletedKeys };
}
