import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import type { LayoutLoad } from "./$types";

export const load: LayoutLoad = (event) => preload(event, queries.bot(createApi(event.fetch), event.params.botId));
