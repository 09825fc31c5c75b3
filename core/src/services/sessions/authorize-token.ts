import { bots, sessionTokens } from "@switchboard/db/schema";
import { and, eq, isNull } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { notFound } from "../../errors.ts";
import type { AuthorizedBot } from "../access.ts";

/** The bot and the row of the session token that the actor presented. @throws ServiceError not-found for any other bot */
export async function authorizeBotOfToken(ctx: ServiceContext, botId: string) {
  const { actor } = ctx;
  if (actor.kind !== "session-token" || actor.botId !== botId) throw notFound();
  const [found] = await ctx.db.reader
    .select({ bot: bots, row: sessionTokens })
    .from(sessionTokens)
    .innerJoin(bots, eq(bots.id, sessionTokens.botId))
    .where(and(eq(sessionTokens.id, actor.tokenId), eq(bots.id, actor.botId), isNull(bots.deletedAtMs)));
  if (!found) throw notFound();
  return { bot: found.bot as AuthorizedBot<"session:read">, row: found.row };
}
