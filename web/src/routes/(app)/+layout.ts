import { redirect } from "@sveltejs/kit";
import { createApi } from "#lib/api/client.ts";
import { queries } from "#lib/api/queries.ts";
import { readRefusal } from "#lib/api/refusal.ts";
import { loginPath } from "#lib/navigation.ts";
import type { LayoutLoad } from "./$types";

/** Everything in here is for people who are signed in; an installation without people begins with its setup. */
export const load: LayoutLoad = async (event) => {
  const { queryClient } = await event.parent();
  const api = createApi(event.fetch);
  const refusal = await queryClient.ensureQueryData(queries.me(api)).then(() => null, readRefusal);
  if (refusal?.code !== "unauthenticated") return;
  const setup = await queryClient.ensureQueryData(queries.setupStatus(api)).catch(() => null);
  redirect(303, setup?.setUp === false ? "/setup" : loginPath(event.url));
};
