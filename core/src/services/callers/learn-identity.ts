import { findStandings } from "@switchboard/db/queries/callers";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { CallerIdentity } from "../../domain/caller-identity.ts";
import { type HolderContext, writeAsHolder } from "../calls/holder.ts";
import { planIdentity } from "./identity-plan.ts";
import { teamOfBot } from "./internal.ts";
import { resolveCaller } from "./resolve-caller.ts";

/** A pair the bot's account told: both are digits. */
export interface LearnIdentityInput {
  readonly lease: LeaseName;
  readonly phoneNumber: string;
  readonly lid: string;
}

/**
 * Takes in that a number and a LID are one person: completes the person's row, or merges two. People the bot has nothing
 * to say about are not stored, since an account knows thousands of pairs. Costs one read where nothing is new.
 * @returns the person's `clr_` id; null where nobody was known under either name
 * @throws ServiceError stale-epoch
 */
export async function learnIdentity(ctx: HolderContext, input: LearnIdentityInput): Promise<string | null> {
  const { lease, phoneNumber, lid } = input;
  const { botId } = lease;
  const names: CallerIdentity = { pn: phoneNumber, lid };
  const known = await findStandings(ctx.db.reader, botId, names);
  const plan = planIdentity(
    known.map((standing) => standing.caller),
    names,
  );
  if (plan.kind === "insert") return null;
  if (plan.kind === "complete" && Object.keys(plan.learnt).length === 0) return plan.row.id;
  return writeAsHolder(ctx, lease, async (tx) => {
    const owner = { botId, teamId: await teamOfBot(tx, botId) };
    const { standing } = await resolveCaller(tx, ctx, owner, names);
    return standing.caller.id;
  });
}
