import { audit } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq, gt } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import type { AuthorizedLease } from "../custody/authorize-lease.ts";

/** Reads of keys by one lease are noted once in this time; reads of credentials each time. */
const NOTED_EVERY_MS = 3_600_000;

/** The note of a lease's reads in the last hour; no row: there is none. */
export const findRecentNote = (
  reader: Pick<Reader, "select">,
  { leaseId }: AuthorizedLease["lease"],
  ctx: Pick<ServiceContext, "clock">,
) =>
  reader
    .select({ id: audit.id })
    .from(audit)
    .where(
      and(
        eq(audit.actorId, leaseId),
        eq(audit.action, "session.disclose"),
        gt(audit.atMs, ctx.clock.nowMs() - NOTED_EVERY_MS),
      ),
    )
    .limit(1);
