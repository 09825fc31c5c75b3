import { liveBotStates } from "@switchboard/db/queries/bot-states";
import { type BotId, bots, callBlockingSettings, custody } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { eq, type InferSelectModel, inArray, isNull, sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { type BotStateReason, botStateReasons, botStateReasonWords, isHeldState } from "../../domain/vocabulary.ts";
import { notFound } from "../../errors.ts";
import { botIdsOf } from "../access.ts";
import { emit } from "../records.ts";
import type { BotView } from "./schemas.ts";

type BotRow = InferSelectModel<typeof bots>;
type CustodyRow = InferSelectModel<typeof custody>;

const LIVE_STATES: readonly string[] = liveBotStates;

/** The conditions of a list of bots beside its team: not deleted, not kept from this API key, of a fitting name. */
export const visibleBots = ({ actor }: Pick<ServiceContext, "actor">, { name }: { name?: string | undefined }) => {
  const allowedIds = botIdsOf(actor);
  return [
    isNull(bots.deletedAtMs),
    allowedIds ? inArray(bots.id, [...allowedIds]) : undefined,
    name ? sql`instr(lower(${bots.name}), lower(${name})) > 0` : undefined,
  ];
};

/** The columns a bot's representation is made of. */
export const selectBots = (reader: Reader) =>
  reader
    .select({ bot: bots, custody, timeZone: callBlockingSettings.timeZone })
    .from(bots)
    .innerJoin(custody, eq(custody.botId, bots.id))
    .innerJoin(callBlockingSettings, eq(callBlockingSettings.botId, bots.id))
    .$dynamic();

/** The representation of one bot. @throws ServiceError not-found */
export async function viewBot(reader: Reader, botId: BotId, nowMs: number): Promise<BotView> {
  const [row] = await selectBots(reader).where(eq(bots.id, botId));
  if (!row) throw notFound();
  return toBotView(row, nowMs);
}

/** A live state whose holder's lease has run out is not shown as true: nobody is there to say so. */
export function toBotView(row: { bot: BotRow; custody: CustodyRow; timeZone: string }, nowMs: number): BotView {
  const { bot } = row;
  const isHolderGone = LIVE_STATES.includes(bot.state) && row.custody.expiresAtMs <= nowMs;
  const gone = bot.state === "handed-over" ? "holder-gone" : "worker-gone";
  const reason = isHolderGone ? gone : bot.stateReason;
  return {
    id: bot.id,
    teamId: bot.teamId,
    name: bot.name,
    timeZone: row.timeZone,
    desiredState: bot.desiredState,
    state: isHolderGone ? "backing-off" : bot.state,
    since: toInstant(isHolderGone ? row.custody.expiresAtMs : bot.stateSinceMs),
    reason,
    reasonText: isReason(reason) ? botStateReasonWords[reason] : null,
    phoneNumber: bot.phoneNumber,
    lid: bot.lid,
    pushName: bot.pushName,
    linked: bot.isLinked,
    assignedTo: bot.assignedTo,
    holder: row.custody.expiresAtMs > nowMs ? toHolder(row.custody) : null,
    createdAt: toInstant(bot.createdAtMs),
  };
}

/** Emits `bot.state` with the bot as it is now. */
export async function emitBotState(tx: Transaction, ctx: Pick<ServiceContext, "clock" | "ids">, botId: BotId) {
  const [row] = await selectBots(tx).where(eq(bots.id, botId));
  if (!row) throw notFound();
  const view = toBotView(row, ctx.clock.nowMs());
  await emit(tx, ctx, { type: "bot.state", teamId: row.bot.teamId, botId, data: view });
  return view;
}

/**
 * Tells of a holder that fell silent, when its bot is taken over: until then nobody was there to say so. `before` is the
 * bot before the takeover. Nothing is told where the holder had ended in words.
 */
export async function tellSilentEnd(
  tx: Transaction,
  ctx: Pick<ServiceContext, "clock" | "ids">,
  before: { bot: BotRow; custody: CustodyRow; timeZone: string },
): Promise<void> {
  const { id: botId, teamId, state, deletedAtMs } = before.bot;
  const view = toBotView(before, ctx.clock.nowMs());
  const isSilent = view.state !== state && isHeldState(before.custody.state);
  if (isSilent && deletedAtMs === null) await emit(tx, ctx, { type: "bot.state", teamId, botId, data: view });
}

/** Milliseconds as ISO 8601 UTC. */
export const toInstant = (atMs: number): string => new Date(atMs).toISOString();

/** Who holds the bot by this row, whether their lease has run out or not; null: nobody. */
export function toHolder(row: CustodyRow): BotView["holder"] {
  const { state, drainDeadlineMs, stalledSinceMs } = row;
  if (!isHeldState(state) || row.holderKind === null || row.holderId === null) return null;
  return {
    kind: row.holderKind,
    id: row.holderId,
    since: toInstant(row.grantedAtMs ?? 0),
    epoch: row.epoch,
    expiresAt: toInstant(row.expiresAtMs),
    state,
    drainDeadline: drainDeadlineMs === null ? null : toInstant(drainDeadlineMs),
    stalledSince: stalledSinceMs === null ? null : toInstant(stalledSinceMs),
  };
}

const isReason = (reason: string | null): reason is BotStateReason => botStateReasons.some((known) => known === reason);
