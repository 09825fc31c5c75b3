import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import { allowsWish, blocksWish, readWish } from "#lib/features/blocks/contact-lists.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = (event) => {
  const api = createApi(event.fetch);
  const { botId } = event.params;
  const wish = readWish(event.url);
  const list =
    wish.list === "allowed"
      ? queries.allows(api, botId, allowsWish(wish))
      : queries.blocks(api, botId, blocksWish(wish));
  return preload(event, queries.callBlocking(api, botId), list);
};
