import { reviveBlock } from "@switchboard/db/queries/blocks";
import { getStanding } from "@switchboard/db/queries/callers";
import type { ServiceContext } from "../../context.ts";
import { planRestore, type RestorePlan } from "../../domain/block-changes.ts";
import { isBlockActive } from "../../domain/blocks.ts";
import { ServiceError } from "../../errors.ts";
import { authorizeBot } from "../access.ts";
import { writeAudit } from "../records.ts";
import { expireBlock, getOwnedBlock, tellOfBlock, toBlockView } from "./internal.ts";
import type { BlockedContactView } from "./schemas.ts";

/**
 * Undoes an unblock: the same row is active again with its own end. `block.created` tells of it with the same id. Safe
 * to repeat: an active block stays as it is.
 * @throws ServiceError not-found, scope-missing; conflict when its end has passed or a longer block took its place;
 *   block-conflict when another block runs; allow-conflict when the caller has been allowed since
 */
export async function restoreBlock(
  ctx: ServiceContext,
  input: { botId: string; contactId: string },
): Promise<BlockedContactView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:write");
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const { block, caller } = await getOwnedBlock(tx, bot.id, input.contactId);
    if (block.endCause === "replaced" || block.endCause === "merged") throw refusals.superseded();
    const standing = await getStanding(tx, bot.id, caller.id);
    const other = standing?.block ?? null;
    const allow = standing?.allow ?? null;
    const isAllowed = allow !== null && (allow.expiresAtMs === null || nowMs < allow.expiresAtMs);
    const plan = planRestore(block, other === null || other.id === block.id ? [] : [other], isAllowed, nowMs);
    if (plan.kind === "already-active") return toBlockView(block, caller, nowMs);
    refuse(plan);
    if (other !== null && !isBlockActive(other, nowMs)) await expireBlock(tx, ctx, other.id);
    const revived = await reviveBlock(tx, block.id, nowMs);
    if (revived === null) throw refusals.over();
    await tellOfBlock(tx, ctx, "block.created", revived, caller);
    const target = { objectId: block.id, botId: bot.id, teamId: bot.teamId };
    await writeAudit(tx, ctx, { action: "block.restore", ...target });
    return toBlockView(revived, caller, nowMs);
  });
}

function refuse(plan: RestorePlan): void {
  if (plan.kind === "over") throw refusals.over();
  if (plan.kind === "refused") throw refusals[plan.code]();
}

const refusals = {
  over: () => new ServiceError("conflict", "This block would be over by now. Block the caller again instead."),
  superseded: () => new ServiceError("conflict", "Another block took the place of this one. Restore that one instead."),
  "block-conflict": () => new ServiceError("block-conflict", "Another block of this caller is running."),
  "allow-conflict": () =>
    new ServiceError("allow-conflict", "This caller is on the allow list by now. Remove the allow first."),
};
