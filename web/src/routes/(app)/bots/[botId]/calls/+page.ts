import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import { problemsOf, readCursors, readFilters, wishOf } from "#lib/features/calls/call-filters.ts";
import type { PageLoad } from "./$types";

/** Days of an address are the bot's, so its zone is needed before calls are asked for. */
export const load: PageLoad = async (event) => {
  const { queryClient } = await event.parent();
  const { botId } = event.params;
  const api = createApi(event.fetch);
  const bot = await queryClient.ensureQueryData(queries.bot(api, botId)).catch(() => null);
  const { searchParams } = event.url;
  const filters = readFilters(searchParams);
  const isAskable = bot !== null && problemsOf(filters).length === 0;
  const wish = bot && wishOf(filters, readCursors(searchParams).at(-1), bot.timeZone);
  const asked = isAskable && wish ? [queries.calls(api, botId, wish)] : [];
  await preload(event, queries.callBlocking(api, botId), ...asked);
};
