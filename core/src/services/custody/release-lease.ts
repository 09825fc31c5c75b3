import { releaseLease as release } from "@switchboard/db/queries/custody";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { writeAudit } from "../records.ts";
import { authorizeHolder } from "./authorize-holder.ts";
import { leaseLost, staleEpoch } from "./authorize-lease.ts";
import { assignBot, backToWorkers, custodyOf, tellLease } from "./internal.ts";
import type { releaseLeaseSchema } from "./schemas.ts";

/**
 * Gives the bot back after the caller's connection was closed: to the one it is kept for, else to the workers. `clean` says
 * that everything is written; then the next holder needs no recovery. A lease that has run out may still be released, as
 * long as nobody else was granted the bot.
 * @throws ServiceError not-found, scope-missing, forbidden; final-revision-mismatch (with `revision`) when batches are
 *   missing or one was written that the caller does not know of: nothing changed; lease-lost; stale-epoch
 */
export async function releaseLease(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof releaseLeaseSchema>,
): Promise<void> {
  const { bot, lease, keyId } = await authorizeHolder(ctx, input.botId, { isExpiredAllowed: true });
  const { finalRevision, clean } = input;
  await ctx.db.write(async (tx) => {
    const before = await custodyOf(tx, bot.id);
    const { epoch, leaseId, authRevision } = before.custody;
    if (epoch !== lease.epoch) throw staleEpoch(epoch);
    if (leaseId !== lease.leaseId) throw leaseLost();
    if (authRevision !== finalRevision) throw revisionMismatch(authRevision);
    if (!(await release(tx, lease, clean))) throw leaseLost();
    await assignBot(tx, ctx, before.bot, backToWorkers(before.bot, "holder-released"));
    const target = { objectId: leaseId, teamId: bot.teamId, botId: bot.id };
    await writeAudit(tx, ctx, { ...target, action: "lease.release", detail: { epoch, clean, finalRevision } });
    const told = { id: lease.leaseId, epoch, holder: { kind: "key", id: keyId } } as const;
    await tellLease(tx, ctx, "lease.released", bot.id, { lease: told, detail: { clean } });
  });
}

const revisionMismatch = (revision: number) =>
  new ServiceError(
    "final-revision-mismatch",
    "The last batch here is another than yours. Write what is missing first.",
    {
      extra: { revision },
    },
  );
