import { type LeaseName, leaseIsCurrent } from "@switchboard/db/queries/custody";
import { authRecords, custody } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";

/**
 * Forgets a bot's session, for a new pairing somebody asked for or after an asked-for logout; never on an error.
 * @throws ServiceError stale-epoch when the lease is not the bot's, and then nothing is removed
 */
export async function clearAuthState(ctx: Pick<ServiceContext, "db">, lease: LeaseName): Promise<void> {
  await ctx.db.write(async (tx) => {
    if (!(await leaseIsCurrent(tx, lease))) throw new ServiceError("stale-epoch", "Somebody else holds this bot now.");
    await tx.delete(authRecords).where(eq(authRecords.botId, lease.botId));
    // By two: a commit that is built on the revision before takes the next one for its own.
    const authRevision = sql`${custody.authRevision} + 2`;
    await tx.update(custody).set({ authRevision }).where(eq(custody.botId, lease.botId));
  });
}
