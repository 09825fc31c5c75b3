import { isLease, type LeaseName } from "@switchboard/db/queries/custody";
import { custody } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";

/** The revision a holder's next commit must build on. @throws ServiceError stale-epoch when the lease is not the bot's */
export async function currentRevision(ctx: Pick<ServiceContext, "db">, lease: LeaseName): Promise<number> {
  return revisionOf(await selectRevision(ctx.db.reader, lease));
}

/** Asks for the revision of a bot's session under this lease; to be read with {@link revisionOf}. */
export const selectRevision = (reader: Reader, lease: LeaseName) =>
  reader.select({ revision: custody.authRevision }).from(custody).where(isLease(lease));

/** The answer to {@link selectRevision}. @throws ServiceError stale-epoch when the lease is not the bot's */
export function revisionOf([row]: readonly { readonly revision: number }[]): number {
  if (!row) throw new ServiceError("stale-epoch", "Somebody else holds this session now. Stop the connection.");
  return row.revision;
}
