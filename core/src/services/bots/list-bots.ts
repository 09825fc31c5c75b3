import { shownBotState } from "@switchboard/db/queries/bot-states";
import { bots } from "@switchboard/db/schema";
import { and, asc, eq, gt } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { authorizeTeam } from "../access.ts";
import { askedBotId } from "../branded-ids.ts";
import { type Page, readCursor, toPage } from "../pages.ts";
import { selectBots, toBotView, visibleBots } from "./internal.ts";
import type { BotView, listBotsSchema } from "./schemas.ts";

/**
 * The team's bots in the order they were made; an API key sees only those it is limited to. `state` is the state they are
 * shown in.
 */
export async function listBots(ctx: ServiceContext, input: z.output<typeof listBotsSchema>): Promise<Page<BotView>> {
  const { teamId } = authorizeTeam(ctx, "bots:read");
  const nowMs = ctx.clock.nowMs();
  const after = readCursor(input.cursor);
  const rows = await selectBots(ctx.db.reader)
    .where(
      and(
        eq(bots.teamId, teamId),
        ...visibleBots(ctx, input),
        input.state ? eq(shownBotState(nowMs), input.state) : undefined,
        input.desiredState ? eq(bots.desiredState, input.desiredState) : undefined,
        after === null ? undefined : gt(bots.id, askedBotId(after)),
      ),
    )
    .orderBy(asc(bots.id))
    .limit(input.limit + 1);
  return toPage(
    rows,
    input.limit,
    (row) => row.bot.id,
    (row) => toBotView(row, nowMs),
  );
}
