import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async (event) => {
  const api = createApi(event.fetch);
  const { queryClient } = await event.parent();
  const me = await queryClient.ensureQueryData(queries.me(api)).catch(() => null);
  // For anybody else the page says for whom it is.
  if (me?.role !== "owner" && me?.role !== "admin") return;
  const name = event.url.searchParams.get("name");
  await preload(event, queries.keys(api, name ? { name } : {}), queries.botNames(api));
};
