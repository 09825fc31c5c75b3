import type { CallerStanding } from "@switchboard/db/queries/callers";
import { allowedContacts } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { planBlock } from "../../domain/block-changes.ts";
import { type BlockEnd, type BlockLengthRefusal, blockEndOf, isBlockActive } from "../../domain/blocks.ts";
import { invalid, ServiceError } from "../../errors.ts";
import { type AuthorizedBot, authorizeBot } from "../access.ts";
import { addCommand } from "../bots/request-command.ts";
import { resolveReference } from "../callers/caller-reference.ts";
import { writeAudit } from "../records.ts";
import { readSettings, type SettingsRow } from "../settings/internal.ts";
import { createBlock, endRunningBlock, expireBlock, toBlockView } from "./internal.ts";
import type { BlockContactInput, BlockedContactView } from "./schemas.ts";

/** The block that stands now. `isNew` false: a running block lasts at least as long, and stays as it is. */
export interface BlockContactResult {
  readonly contact: BlockedContactView;
  readonly isNew: boolean;
}

/**
 * Blocks a caller by number, LID or a call of the history. A longer block is a new row that ends the running one as
 * `replaced`; a permanent one becomes temporary with `replace` only. With `force` an allow of the caller is removed, since
 * an allow goes before every block. Where the LID is not known yet, the bot's holder is asked to look it up.
 * @throws ServiceError not-found, scope-missing; validation-failed; allow-conflict when the caller is allowed
 */
export async function blockContact(
  ctx: ServiceContext,
  input: { botId: string } & BlockContactInput,
): Promise<BlockContactResult> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:write");
  return ctx.db.write(async (tx) => {
    const nowMs = ctx.clock.nowMs();
    const end = readEnd(input, await readSettings(tx, bot.id), nowMs);
    const owner = { botId: bot.id, teamId: bot.teamId };
    const { standing } = await resolveReference(tx, ctx, owner, input);
    const { caller, block: running, allow } = standing;
    const isAllowed = allow !== null && (allow.expiresAtMs === null || nowMs < allow.expiresAtMs);
    const existing = running === null ? [] : [running];
    const plan = planBlock({ end, existing, isAllowed, force: input.force, replace: input.replace, nowMs });
    if (plan.kind === "refused")
      throw new ServiceError(
        "allow-conflict",
        "This caller is on the allow list. Repeat with `force` to block anyway.",
      );
    if (allow !== null && isAllowed) await dropAllow(tx, ctx, allow);
    if (plan.kind === "keep" && running !== null) return { contact: toBlockView(running, caller, nowMs), isNew: false };
    await makeWay(tx, ctx, running, nowMs);
    const block = await createBlock(tx, ctx, caller, {
      ...end,
      createdAtMs: nowMs,
      origin: ctx.actor.kind === "api-key" ? "api" : "manual",
      reason: input.reason ?? null,
      note: input.note ?? null,
      callId: input.callId ?? null,
      createdBy: actorName(ctx.actor),
    });
    if (caller.lid === null) await askForLid(tx, ctx, bot, caller);
    const detail = { type: end.type, replaced: plan.kind === "create" && plan.endedIds.length > 0 };
    await writeAudit(tx, ctx, { action: "block.create", objectId: block.id, ...owner, detail });
    return { contact: toBlockView(block, caller, nowMs), isNew: true };
  });
}

/** Ends what stands in the way of the new block: the expired row, or the running one. */
async function makeWay(tx: Transaction, ctx: ServiceContext, block: CallerStanding["block"], nowMs: number) {
  if (block !== null && isBlockActive(block, nowMs)) {
    await endRunningBlock(tx, ctx, block.id, { cause: "replaced", by: null, reason: null });
  } else if (block !== null) {
    await expireBlock(tx, ctx, block.id);
  }
}

/** The allow goes, since it would let the calls of the blocked caller through. */
async function dropAllow(tx: Transaction, ctx: ServiceContext, allow: NonNullable<CallerStanding["allow"]>) {
  const { id, botId, teamId } = allow;
  await tx.delete(allowedContacts).where(eq(allowedContacts.id, id));
  await writeAudit(tx, ctx, { action: "allow.remove", objectId: id, botId, teamId });
}

/** A number-only block cannot match a call that shows a LID only, so the holder looks the LID up once. */
async function askForLid(
  tx: Transaction,
  ctx: ServiceContext,
  bot: AuthorizedBot<"blocking:write">,
  caller: CallerStanding["caller"],
): Promise<void> {
  await addCommand(tx, ctx, bot, "resolve-caller", { callerId: caller.id, phoneNumber: caller.phoneNumber });
}

function readEnd(input: BlockContactInput, settings: SettingsRow, nowMs: number): BlockEnd {
  const hasLength = input.hours !== undefined || input.expiresAt !== undefined;
  const type = input.type ?? (hasLength ? "temporary" : settings.blockType);
  const expiresAtMs = input.expiresAt === undefined ? null : Date.parse(input.expiresAt);
  const result = blockEndOf({ type, hours: input.hours, expiresAtMs }, settings.blockHours, nowMs);
  if (!result.ok) throw invalid(...lengthRefusals[result.reason]);
  return { type: result.type, expiresAtMs: result.expiresAtMs };
}

const lengthRefusals: Readonly<Record<BlockLengthRefusal, [path: string, message: string]>> = {
  "permanent-with-end": ["type", "A permanent block has no end. Leave out hours and expiresAt, or make it temporary."],
  "hours-and-expiry": ["hours", "Give hours or expiresAt, not both."],
  "hours-out-of-bounds": ["hours", "Hours are a whole number from 1 to 8760."],
  "expiry-in-the-past": ["expiresAt", "The end must lie ahead."],
  "expiry-too-far": ["expiresAt", "A temporary block lasts 8760 hours at most. Make it permanent instead."],
};
