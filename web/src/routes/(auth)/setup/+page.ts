import { redirect } from "@sveltejs/kit";
import { createApi } from "#lib/api/client.ts";
import { queries } from "#lib/api/queries.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, parent }) => {
  const { queryClient } = await parent();
  const setup = await queryClient.ensureQueryData(queries.setupStatus(createApi(fetch))).catch(() => null);
  if (setup?.setUp === true) redirect(303, "/login");
};
