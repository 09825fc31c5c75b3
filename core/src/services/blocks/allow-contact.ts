import { allowedContacts } from "@switchboard/db/schema";
import { actorName, type ServiceContext } from "../../context.ts";
import { planAllow } from "../../domain/block-changes.ts";
import { isBlockActive } from "../../domain/blocks.ts";
import { invalid, ServiceError } from "../../errors.ts";
import { authorizeBot } from "../access.ts";
import { resolveReference } from "../callers/caller-reference.ts";
import { writeAudit } from "../records.ts";
import { type AllowRow, toAllowView } from "./allow-view.ts";
import { endRunningBlock, expireBlock } from "./internal.ts";
import type { AllowContactInput, AllowedContactView } from "./schemas.ts";

/**
 * Puts a caller on the allow list, or changes the entry there is. Ends an automatic block; a block somebody made by hand
 * is in the way unless `force` is given, and then ends too.
 * @throws ServiceError not-found, scope-missing; validation-failed; block-conflict over a manual block
 */
export async function allowContact(
  ctx: ServiceContext,
  input: { botId: string } & AllowContactInput,
): Promise<AllowedContactView> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:write");
  const nowMs = ctx.clock.nowMs();
  const expiresAtMs = input.expiresAt === undefined ? null : Date.parse(input.expiresAt);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) throw invalid("expiresAt", "The end must lie ahead.");
  return ctx.db.write(async (tx) => {
    const owner = { botId: bot.id, teamId: bot.teamId };
    const { standing } = await resolveReference(tx, ctx, owner, input);
    const { caller, block } = standing;
    const plan = planAllow(block === null ? [] : [block], input.force, nowMs);
    if (plan.kind === "refused")
      throw new ServiceError("block-conflict", "Somebody blocked this caller. Repeat with `force` to allow anyway.");
    if (block !== null && !isBlockActive(block, nowMs)) await expireBlock(tx, ctx, block.id);
    const author = actorName(ctx.actor);
    for (const id of plan.endedIds) await endRunningBlock(tx, ctx, id, { cause: "allowed", by: author, reason: null });
    const values = { note: input.note ?? null, expiresAtMs, createdBy: author, createdAtMs: nowMs };
    const [row] = await tx
      .insert(allowedContacts)
      .values({ id: ctx.ids.next("allow"), ...owner, callerId: caller.id, ...values })
      .onConflictDoUpdate({ target: [allowedContacts.botId, allowedContacts.callerId], set: values })
      .returning();
    const detail = { endedBlocks: plan.endedIds };
    await writeAudit(tx, ctx, { action: "allow.create", objectId: row?.id ?? null, ...owner, detail });
    return toAllowView(requireRow(row), caller, nowMs);
  });
}

function requireRow(row: AllowRow | undefined): AllowRow {
  if (!row) throw new Error("an insert answered no row");
  return row;
}
