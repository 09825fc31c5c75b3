import { createQueryClient } from "#lib/api/query-client.ts";
import { loginPath } from "#lib/navigation.ts";
import { browser } from "$app/env";
import { goto } from "$app/navigation";
import type { LayoutLoad } from "./$types";

export const load: LayoutLoad = ({ data }) => ({
  ...data,
  queryClient: createQueryClient(() => {
    if (browser) void goto(loginPath(new URL(location.href)));
  }),
});
