import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import { readHistoryRange } from "#lib/features/bots/history-ranges.ts";
import { tileBlocks } from "#lib/features/bots/tile-blocks.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = (event) => {
  const api = createApi(event.fetch);
  const { botId } = event.params;
  return preload(
    event,
    queries.botHistory(api, botId, readHistoryRange(event.url).hours),
    queries.callStatistics(api, botId),
    queries.blocks(api, botId, tileBlocks),
  );
};
