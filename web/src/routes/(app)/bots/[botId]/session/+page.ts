import { createApi } from "#lib/api/client.ts";
import { preload } from "#lib/api/load.ts";
import { queries } from "#lib/api/queries.ts";
import type { PageLoad } from "./$types";
import { DISCLOSURES_SHOWN, TOKENS_SHOWN } from "./page-sizes.ts";

export const load: PageLoad = async (event) => {
  const api = createApi(event.fetch);
  const { queryClient } = await event.parent();
  const me = await queryClient.ensureQueryData(queries.me(api)).catch(() => null);
  const { botId } = event.params;
  // Whoever may not see leases is shown the holder that every bot has.
  const ofAdmins = [
    queries.lease(api, botId),
    queries.sessionTokens(api, botId, { limit: TOKENS_SHOWN }),
    queries.keys(api),
    queries.people(api),
  ];
  await preload(
    event,
    queries.bot(api, botId),
    ...(me?.scopes.includes("session:lease") ? ofAdmins : []),
    ...(me?.scopes.includes("audit:read") ? [queries.disclosures(api, botId, { limit: DISCLOSURES_SHOWN })] : []),
  );
};
