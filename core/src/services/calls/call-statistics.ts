import type { ServiceContext } from "../../context.ts";
import { authorizeBot } from "../access.ts";
import { readSettings } from "../settings/internal.ts";
import type { CallStatisticsQuery, CallStatisticsView } from "./schemas.ts";
import { spanOf, viewStatistics } from "./statistics-view.ts";

/**
 * The numbers of a bot's calls, by default of the last seven days. Blocked calls are always among them.
 * @throws ServiceError not-found, scope-missing; validation-failed beyond 366 days
 */
export async function callStatistics(
  ctx: ServiceContext,
  input: { botId: string } & CallStatisticsQuery,
): Promise<CallStatisticsView> {
  const bot = await authorizeBot(ctx, input.botId, "calls:read");
  const { timeZone } = await readSettings(ctx.db.reader, bot.id);
  const nowMs = ctx.clock.nowMs();
  return viewStatistics(ctx.db.reader, bot.id, spanOf(input, timeZone, nowMs), { timeZone, nowMs });
}
