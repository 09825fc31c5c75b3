import { rotateDueDataKeys } from "@switchboard/core/services/keys-rotation/rotate-due-data-keys";
import type { WorkerDeps } from "../deps.ts";

/** Replaces data keys that are due and deletes former ones that nothing needs; ends between two steps when `stopping` aborts. */
export async function runKeyRotation({ ctx, logger }: WorkerDeps, stopping: AbortSignal): Promise<void> {
  const result = await rotateDueDataKeys(ctx, { shouldStop: () => stopping.aborted });
  if (result.rotated + result.resealed + result.deletedKeys > 0) logger.info(result, "data keys rotated");
  if (result.broken > 0) logger.warn({ records: result.broken }, "sealed records do not open; run doctor --deep");
}
