import { type BotId, bots, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, inArray, isNull } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { dayMs } from "../../../domain/time-window.ts";
import { invalid } from "../../../errors.ts";
import { authorizeTeamAdmin, requireRecentPassword } from "../../access.ts";
import { askedBotId } from "../../branded-ids.ts";
import { newKeyCredential, requireCidrs, requireKeyMaker, storeKey } from "./internal.ts";
import type { CreatedApiKey, createApiKeySchema } from "./schemas.ts";

/**
 * Makes an API key of the team. The answer holds the secret, which is stored nowhere and cannot be shown again.
 * @throws ServiceError forbidden below admin; confirmation-required; validation-failed for unknown bots and bad ranges; conflict
 *   for a team that has as many keys as it may have
 */
export async function createApiKey(
  ctx: ServiceContext,
  input: z.output<typeof createApiKeySchema>,
): Promise<CreatedApiKey> {
  const { teamId } = authorizeTeamAdmin(ctx);
  requireRecentPassword(ctx);
  requireCidrs(input.cidrs);
  const credential = await newKeyCredential(ctx);
  const { name, scopes, cidrs, requestsPerMinute, expiresInDays } = input;
  const expiresAtMs = ctx.clock.nowMs() + expiresInDays * dayMs;
  const view = await ctx.db.write(async (tx) => {
    await requireKeyMaker(tx, ctx, scopes);
    const botIds = input.botIds && (await ownedBotIds(tx, teamId, input.botIds));
    const limits = { botIds, cidrs, requestsPerMinute, expiresAtMs };
    return storeKey(tx, ctx, { ...credential.columns, teamId, name, scopes, ...limits }, {});
  });
  return { ...view, secret: credential.text };
}

/** The bots by these ids. @throws ServiceError validation-failed where one is not the team's */
async function ownedBotIds(tx: Transaction, teamId: TeamId, ids: readonly string[]): Promise<BotId[]> {
  const isOwned = and(inArray(bots.id, ids.map(askedBotId)), eq(bots.teamId, teamId), isNull(bots.deletedAtMs));
  const owned = (await tx.select({ id: bots.id }).from(bots).where(isOwned)).map((bot) => bot.id);
  const ownedIds: ReadonlySet<string> = new Set(owned);
  const strange = ids.findIndex((id) => !ownedIds.has(id));
  if (strange >= 0) throw invalid(`botIds.${strange}`, "Your team has no such bot.");
  return owned;
}
