import { bots } from "@switchboard/db/schema";
import { and, asc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { authorizeTeam, botIdsOf } from "../access.ts";
import { askedBotId } from "../branded-ids.ts";
import { type Page, readCursor, toPage } from "../pages.ts";
import { selectBots, toBotView } from "./internal.ts";
import type { BotView, listBotsSchema } from "./schemas.ts";

/** The team's bots in the order they were made; an API key sees only those it is limited to. */
export async function listBots(ctx: ServiceContext, input: z.output<typeof listBotsSchema>): Promise<Page<BotView>> {
  const { teamId } = authorizeTeam(ctx, "bots:read");
  const allowedIds = botIdsOf(ctx.actor);
  const after = readCursor(input.cursor);
  const rows = await selectBots(ctx.db.reader)
    .where(
      and(
        eq(bots.teamId, teamId),
        isNull(bots.deletedAtMs),
        allowedIds ? inArray(bots.id, [...allowedIds]) : undefined,
        input.state ? eq(bots.state, input.state) : undefined,
        input.desiredState ? eq(bots.desiredState, input.desiredState) : undefined,
        input.name ? sql`instr(lower(${bots.name}), lower(${input.name})) > 0` : undefined,
        after === null ? undefined : gt(bots.id, askedBotId(after)),
      ),
    )
    .orderBy(asc(bots.id))
    .limit(input.limit + 1);
  const nowMs = ctx.clock.nowMs();
  return toPage(
    rows,
    input.limit,
    (row) => row.bot.id,
    (row) => toBotView(row, nowMs),
  );
}
