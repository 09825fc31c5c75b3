import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = (event) =>
  preload(event, queries.callBlocking(createApi(event.fetch), event.params.botId));
