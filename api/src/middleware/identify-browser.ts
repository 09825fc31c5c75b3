import { ServiceError } from "@switchboard/core/errors";
import { authenticateUser } from "@switchboard/core/services/identity/authenticate-user";
import type { MiddlewareHandler } from "hono";
import { isOwnPage, trustedOrigins } from "../origins.ts";
import type { ApiEnv } from "../router.ts";

/**
 * Lets a cookie stand for its person, where no other credential came along. A cookie is sent by the browser whoever made
 * the page, so a request that may come from another site's page is refused.
 */
export const identifyBrowser: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { ctx, deps, credentialFailure } = c.var;
  const isOpen = ctx.actor.kind === "anonymous" && credentialFailure === null;
  const found = isOpen && c.req.header("cookie") ? await deps.browserSignIn.findUser(c.req.raw.headers) : null;
  if (found) {
    if (isOwnPage(c.req.method, c.req.raw.headers, trustedOrigins(ctx.settings.publicUrl))) {
      const actor = await authenticateUser(ctx, found);
      if (actor) c.set("ctx", { ...ctx, actor });
      for (const cookie of found.setCookies) c.header("Set-Cookie", cookie, { append: true });
    } else {
      c.set("credentialFailure", new ServiceError("forbidden", "This request comes from a page of another site."));
    }
  }
  await next();
};
