import { findToldStateBefore, findToldStates } from "@switchboard/db/queries/bot-states";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { segmentsOf, type ToldState } from "../../domain/bot-history.ts";
import { botStateReasons, botStateReasonWords, botStates } from "../../domain/vocabulary.ts";
import { authorizeBot } from "../access.ts";
import { toInstant, viewBot } from "./internal.ts";
import type { BotHistory, botHistorySchema } from "./schemas.ts";

const HOUR_MS = 3_600_000;

/** More changes than this in one span are nothing a person could look at: the oldest are left out. */
const CHANGES_MAX = 2_000;

type Row = Awaited<ReturnType<typeof findToldStates>>[number];

/**
 * The states of a bot over the last `hours`, the oldest first, read from the stored `bot.state` events. They reach back
 * as far as events are kept; `knownSince` says how far, and before it nothing is said.
 * @throws ServiceError not-found, scope-missing
 */
export async function getBotHistory(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof botHistorySchema>,
): Promise<BotHistory> {
  const bot = await authorizeBot(ctx, input.botId, "bots:read");
  const toMs = ctx.clock.nowMs();
  const fromMs = toMs - input.hours * HOUR_MS;
  const { reader } = ctx.db;
  const rows = await findToldStates(reader, bot.id, fromMs, CHANGES_MAX + 1);
  // What was true when the span began was told before it.
  const before = rows.length > CHANGES_MAX ? [] : await findToldStateBefore(reader, bot.id, fromMs);
  const now = await viewBot(reader, bot.id, toMs);
  const present = { state: now.state, reason: now.reason, since: now.since, atMs: toMs };
  const told = [...before, ...rows.slice(0, CHANGES_MAX).reverse(), present].flatMap(toToldState);
  const segments = segmentsOf(told, { fromMs, toMs });
  return {
    from: toInstant(fromMs),
    to: toInstant(toMs),
    knownSince: toInstant(segments[0]?.fromMs ?? toMs),
    segments: segments.map(({ state, reason, ...times }) => ({
      state,
      reason,
      reasonText: reason === null ? null : botStateReasonWords[reason],
      from: toInstant(times.fromMs),
      to: toInstant(times.toMs),
    })),
  };
}

/** Nothing for an event that names no state of today's list: it was the bot's last one, or another version wrote it. */
function toToldState(row: Pick<Row, "state" | "reason" | "since" | "atMs">): ToldState[] {
  const state = botStates.find((known) => known === row.state);
  if (state === undefined) return [];
  const reason = botStateReasons.find((known) => known === row.reason) ?? null;
  const sinceMs = row.since === null ? Number.NaN : Date.parse(row.since);
  return [{ state, reason, sinceMs: Number.isNaN(sinceMs) ? row.atMs : sinceMs }];
}
