import { isLease, type LeaseName } from "@switchboard/db/queries/custody";
import { custody } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";

/** The revision a holder's next commit must build on. @throws ServiceError stale-epoch when the lease is not the bot's */
export async function currentRevision(ctx: Pick<ServiceContext, "db">, lease: LeaseName): Promise<number> {
  const [row] = await ctx.db.reader.select({ revision: custody.authRevision }).from(custody).where(isLease(lease));
  if (!row) throw new ServiceError("stale-epoch", "Somebody else holds this session now. Stop the connection.");
  return row.revision;
}
