import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import { instantsOf, problemsOfSpan, readSpan } from "#lib/features/statistics/day-span.ts";
import type { PageLoad } from "./$types";

/** Days of an address are the bot's, so its zone is needed before calls are added up. */
export const load: PageLoad = async (event) => {
  const { queryClient } = await event.parent();
  const { botId } = event.params;
  const api = createApi(event.fetch);
  const bot = await queryClient.ensureQueryData(queries.bot(api, botId)).catch(() => null);
  const { searchParams } = event.url;
  if (bot === null || problemsOfSpan(searchParams).length > 0) return;
  const span = instantsOf(readSpan(searchParams, bot.timeZone, Date.now()), bot.timeZone);
  await preload(event, queries.callStatistics(api, botId, span), queries.callBlocking(api, botId));
};
