import type { LeaseName } from "@switchboard/db/queries/custody";
import { authRecords } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { revisionOf, selectRevision } from "./current-revision.ts";

/** One record as the database keeps it: nothing of it is in clear but its type. */
export type SealedRecord = Omit<typeof authRecords.$inferSelect, "epoch">;

/**
 * Every record of a bot as it is stored, still sealed, and the revision of all of them together.
 * @throws ServiceError stale-epoch when the lease is not the bot's
 */
export async function readSealedCopy(
  ctx: Pick<ServiceContext, "db">,
  lease: LeaseName,
): Promise<{ readonly revision: number; readonly records: readonly SealedRecord[] }> {
  const [held, records] = await ctx.db.readBatch((reader) => [
    selectRevision(reader, lease),
    reader.select().from(authRecords).where(eq(authRecords.botId, lease.botId)),
  ]);
  return { revision: revisionOf(held), records };
}
