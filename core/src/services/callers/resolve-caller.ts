import { type CallerRow, type CallerStanding, findStandings, getStanding } from "@switchboard/db/queries/callers";
import { type BotId, callers, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import type { CallerIdentity } from "../../domain/caller-identity.ts";
import type { BlockContext } from "../blocks/internal.ts";
import { planIdentity } from "./identity-plan.ts";
import { mergeCallers } from "./merge-callers.ts";

/** The bot whose caller it is. */
export interface CallerOwner {
  readonly botId: BotId;
  readonly teamId: TeamId;
}

/** A person, and the row of another person that has the same number; see identity-plan.ts. */
export interface ResolvedCaller {
  readonly standing: CallerStanding;
  readonly alias: CallerStanding | null;
}

/**
 * The person under these names, in the caller's transaction: found, completed with what was learnt, merged where two
 * rows turn out to be one, or made. At least one name must be given. `known`: what findStandings says, where it was read
 * in this transaction already.
 */
export async function resolveCaller(
  tx: Transaction,
  ctx: BlockContext,
  owner: CallerOwner,
  names: CallerIdentity,
  known?: readonly CallerStanding[],
): Promise<ResolvedCaller> {
  const found = known ?? (await findStandings(tx, owner.botId, names));
  const plan = planIdentity(
    found.map((standing) => standing.caller),
    names,
  );
  const standingOf = (row: CallerRow | null) => found.find((standing) => standing.caller === row) ?? null;
  switch (plan.kind) {
    case "insert":
      return { standing: await insertCaller(tx, ctx, owner, plan.names), alias: standingOf(plan.alias) };
    case "merge":
      await mergeCallers(tx, ctx, plan.kept, plan.gone);
      return { standing: await reread(tx, owner, plan.kept.id), alias: null };
    case "complete": {
      const { row, learnt } = plan;
      const isComplete = Object.keys(learnt).length === 0;
      if (!isComplete) await tx.update(callers).set(learnt).where(eq(callers.id, row.id));
      const standing = standingOf(row) ?? (await reread(tx, owner, row.id));
      return { standing: { ...standing, caller: { ...row, ...learnt } }, alias: standingOf(plan.alias) };
    }
  }
}

async function insertCaller(
  tx: Transaction,
  ctx: BlockContext,
  { botId, teamId }: CallerOwner,
  names: CallerIdentity,
): Promise<CallerStanding> {
  const nowMs = ctx.clock.nowMs();
  const caller: CallerRow = {
    id: ctx.ids.next("caller"),
    botId,
    teamId,
    phoneNumber: names.pn,
    lid: names.lid,
    name: null,
    countFromMs: 0,
    firstSeenAtMs: nowMs,
    lastSeenAtMs: nowMs,
  };
  await tx.insert(callers).values(caller);
  return { caller, block: null, allow: null, known: null };
}

async function reread(tx: Transaction, owner: CallerOwner, callerId: string): Promise<CallerStanding> {
  const standing = await getStanding(tx, owner.botId, callerId);
  if (standing === null) throw new Error("a caller vanished inside its own transaction");
  return standing;
}
