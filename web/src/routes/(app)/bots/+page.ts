import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import { readBotListFilters } from "#lib/features/bots/list-filters.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = (event) => {
  const api = createApi(event.fetch);
  const filters = readBotListFilters(event.url);
  return preload(event, queries.botPages(api, filters).first, queries.botCounts(api, filters.name));
};
