import { acquireLease, type LeaseName, releaseLease, renewLease } from "@switchboard/db/queries/custody";
import { readCustody } from "@switchboard/db/queries/custody-control";
import { type BotId, bots } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { selectBots, tellSilentEnd } from "../bots/internal.ts";
import { leaseOf, tellLease } from "./internal.ts";

/** A lease a worker was granted. */
export interface WorkerLease extends LeaseName {
  /** The custody row's revision at the grant: the record store counts on from it. */
  readonly authRevision: number;
  /** false: the holder before did not end cleanly. */
  readonly wasClean: boolean;
}

/** What became of a renewal; "could not ask" is the database's error and none of these. */
export type RenewalResult = "renewed" | "drain" | "lost";

type WorkerContext = Pick<ServiceContext, "db" | "clock" | "ids" | "settings">;

/**
 * Takes a bot for this worker; null when somebody else holds it or a delay still runs. Raises the epoch. What became of the
 * bot with a holder that fell silent is told now, in `bot.state`.
 */
export async function acquireForWorker(
  ctx: WorkerContext,
  input: { botId: BotId; workerId: string },
): Promise<WorkerLease | null> {
  const leaseId = ctx.ids.next("lease");
  const { botId, workerId } = input;
  const ttlMs = ctx.settings.workerLeaseTtlSeconds * 1000;
  return ctx.db.write(async (tx) => {
    const [before] = await selectBots(tx).where(eq(bots.id, botId));
    const granted = await acquireLease(tx, {
      botId,
      holderKind: "worker",
      holderId: workerId,
      leaseId,
      ttlMs,
      lifeMsMax: null,
    });
    if (!granted) return null;
    if (before) await tellSilentEnd(tx, ctx, before);
    const { epoch, authRevision, wasClean } = granted;
    const lease = { id: leaseId, epoch, holder: { kind: "worker", id: workerId } } as const;
    await tellLease(tx, ctx, "lease.acquired", botId, { lease });
    return { botId, leaseId, epoch, authRevision, wasClean };
  });
}

/** Prolongs a lease by the worker's lease time. `lost` is final: close the socket, write nothing more. */
export async function renewForWorker(ctx: WorkerContext, lease: LeaseName): Promise<RenewalResult> {
  const ttlMs = ctx.settings.workerLeaseTtlSeconds * 1000;
  const [rows] = await ctx.db.writeBatch((statements) => [renewLease(statements, lease, ttlMs)]);
  const [row] = rows;
  if (!row) return "lost";
  return row.state === "draining" ? "drain" : "renewed";
}

/** Gives a bot back after its socket was closed; `isClean` when everything was committed. Safe when it was lost already. */
export async function releaseForWorker(ctx: WorkerContext, lease: LeaseName, isClean: boolean): Promise<void> {
  await ctx.db.write(async (tx) => {
    const [before] = await readCustody(tx, eq(bots.id, lease.botId));
    const released = await releaseLease(tx, lease, isClean);
    const told = before && leaseOf(before);
    if (!released || !told) return;
    await tellLease(tx, ctx, "lease.released", lease.botId, { lease: told, detail: { clean: isClean } });
  });
}
