import type { ServiceContext } from "@switchboard/core/context";
import { readUncopiedCheckpoints, writeCheckpoint } from "@switchboard/core/services/audit/checkpoints";
import { type CheckpointFile, openCheckpointFile } from "@switchboard/host/audit-checkpoint-files";
import type { Logger } from "@switchboard/host/logger";

/** What the job works with. */
export interface CheckpointDeps {
  readonly ctx: Pick<ServiceContext, "db" | "clock" | "keyring">;
  /** Where the copies lie, in `DATA_DIR`. */
  readonly folder: string;
  readonly logger: Logger;
}

/**
 * Signs the head of the audit when that is due, and appends what the database has of checkpoints to the copy on disk,
 * those of other processes included. Says once when the database is older than the copy. Must not run twice at a time.
 */
export function createCheckpointJob({ ctx, folder, logger }: CheckpointDeps): () => Promise<void> {
  let file: CheckpointFile | null = null;
  let wasOlder = false;
  return async () => {
    file ??= await openCheckpointFile(folder);
    await writeCheckpoint(ctx);
    const { checkpoints, isOlder } = await readUncopiedCheckpoints(ctx, file.last);
    await file.append(checkpoints);
    if (isOlder && !wasOlder)
      logger.error(
        { sequence: file.last.sequence },
        "the audit in the database is older than the copy of its checkpoints",
      );
    wasOlder = isOlder;
  };
}
