import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async (event) => {
  const api = createApi(event.fetch);
  const { queryClient } = await event.parent();
  const me = await queryClient.ensureQueryData(queries.me(api)).catch(() => null);
  const isAdmin = me?.role === "owner" || me?.role === "admin";
  await preload(event, queries.health(api), queries.cleanupStatus(api), ...(isAdmin ? [queries.settings(api)] : []));
};
