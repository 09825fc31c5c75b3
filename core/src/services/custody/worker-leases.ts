import { acquireLease, type LeaseName, releaseLease, renewLease } from "@switchboard/db/queries/custody";
import { type BotId, bots, type TeamId } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { notFound } from "../../errors.ts";
import { emit } from "../records.ts";

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

/** Takes a bot for this worker; null when somebody else holds it or a delay still runs. Raises the epoch. */
export async function acquireForWorker(
  ctx: WorkerContext,
  input: { botId: BotId; workerId: string },
): Promise<WorkerLease | null> {
  const leaseId = ctx.ids.next("lease");
  const { botId, workerId } = input;
  const ttlMs = ctx.settings.workerLeaseTtlSeconds * 1000;
  return ctx.db.write(async (tx) => {
    const granted = await acquireLease(tx, {
      botId,
      holderKind: "worker",
      holderId: workerId,
      leaseId,
      ttlMs,
      lifeMsMax: null,
    });
    if (!granted) return null;
    const holder = { kind: "worker", id: workerId, epoch: granted.epoch };
    await emit(tx, ctx, { type: "lease.acquired", teamId: await teamOf(tx, botId), botId, data: { botId, holder } });
    const { epoch, authRevision, wasClean } = granted;
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
  const { botId, epoch } = lease;
  await ctx.db.write(async (tx) => {
    const released = await releaseLease(tx, lease, isClean);
    if (!released) return;
    const data = { botId, epoch, clean: isClean };
    await emit(tx, ctx, { type: "lease.released", teamId: await teamOf(tx, botId), botId, data });
  });
}

async function teamOf(tx: Parameters<Parameters<WorkerContext["db"]["write"]>[0]>[0], botId: BotId): Promise<TeamId> {
  const [bot] = await tx.select({ teamId: bots.teamId }).from(bots).where(eq(bots.id, botId));
  if (!bot) throw notFound();
  return bot.teamId;
}
