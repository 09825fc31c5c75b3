import { audit } from "@switchboard/db/schema";
import type { Reader } from "@switchboard/db/types";
import { and, eq, gt } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import type { AuthorizedLease } from "../custody/authorize-lease.ts";
import { emit, writeAudit } from "../records.ts";
import type { RemoteForm } from "./remote-form.ts";

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

/** What left the installation. */
export interface RemoteDisclosure {
  readonly revision: number;
  readonly hasCredentials: boolean;
  readonly form: RemoteForm;
}

/** Notes who read what of the session under which lease, in audit and events. The lease is the row's actor. */
export async function noteRemoteDisclosure(
  ctx: ServiceContext,
  { bot, lease, keyId }: AuthorizedLease,
  { revision, hasCredentials, form }: RemoteDisclosure,
): Promise<void> {
  const target = { teamId: bot.teamId, botId: bot.id };
  const told = { form: form === null ? "plain" : "sealed", revision };
  const parts = hasCredentials ? "credentials" : "keys";
  const detail = { ...told, parts, epoch: lease.epoch, keyId, recipient: form?.id ?? null };
  await ctx.db.write(async (tx) => {
    await writeAudit(tx, ctx, { action: "session.disclose", objectId: bot.id, ...target, detail });
    await emit(tx, ctx, { type: "session.disclosed", ...target, data: { botId: bot.id, ...told } });
  });
}
