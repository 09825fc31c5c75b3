import { allowedContacts } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import { notFound } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { authorizeBot } from "../access.ts";
import { writeAudit } from "../records.ts";

/** Takes a caller off the allow list, for good. @throws ServiceError not-found, scope-missing */
export async function removeAllow(ctx: ServiceContext, input: { botId: string; allowId: string }): Promise<void> {
  const bot = await authorizeBot(ctx, input.botId, "blocking:write");
  if (!looksLikeId(input.allowId, idPrefixes.allow)) throw notFound();
  await ctx.db.write(async (tx) => {
    const isThis = and(eq(allowedContacts.id, input.allowId), eq(allowedContacts.botId, bot.id));
    const removed = await tx.delete(allowedContacts).where(isThis).returning({ id: allowedContacts.id });
    if (removed.length === 0) throw notFound();
    const target = { objectId: input.allowId, botId: bot.id, teamId: bot.teamId };
    await writeAudit(tx, ctx, { action: "allow.remove", ...target });
  });
}
