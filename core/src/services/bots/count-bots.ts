import { shownBotState } from "@switchboard/db/queries/bot-states";
import { bots, custody } from "@switchboard/db/schema";
import { and, count, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { authorizeTeam } from "../access.ts";
import { visibleBots } from "./internal.ts";
import type { BotCounts, countBotsSchema } from "./schemas.ts";

const noBots: BotCounts["states"] = {
  stopped: 0,
  connecting: 0,
  pairing: 0,
  online: 0,
  "backing-off": 0,
  "logged-out": 0,
  replaced: 0,
  "handed-over": 0,
  failed: 0,
};

/**
 * How many of the bots that {@link listBots} would list are in each state, of those whose name fits; states without
 * bots are there with 0.
 * @throws ServiceError unauthenticated, scope-missing
 */
export async function countBots(ctx: ServiceContext, input: z.output<typeof countBotsSchema>): Promise<BotCounts> {
  const { teamId } = authorizeTeam(ctx, "bots:read");
  const state = shownBotState(ctx.clock.nowMs());
  const rows = await ctx.db.reader
    .select({ state, bots: count() })
    .from(bots)
    .innerJoin(custody, eq(custody.botId, bots.id))
    .where(and(eq(bots.teamId, teamId), ...visibleBots(ctx, input)))
    .groupBy(state);
  const total = rows.reduce((sum, row) => sum + row.bots, 0);
  return { total, states: { ...noBots, ...Object.fromEntries(rows.map((row) => [row.state, row.bots])) } };
}
