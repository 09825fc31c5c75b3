import { type Context, Hono } from "hono";
import { passOn } from "../pass-on.ts";
import type { ApiEnv } from "../router.ts";
import { createTrpcHandler } from "../trpc/handler.ts";

/** The dashboard's and the tools' procedures. Who asks is known by now; what no verb refused is logged like REST's. */
export function trpcRoutes() {
  const router = new Hono<ApiEnv>();
  router.all("/trpc/*", async (c) => {
    const answer = createTrpcHandler(() => contextOf(c), procedureDeps(c));
    return passOn(c, await answer(c.req.raw));
  });
  return router;
}

async function contextOf(c: Context<ApiEnv>) {
  if (c.var.credentialFailure) throw c.var.credentialFailure;
  return c.var.ctx;
}

function procedureDeps(c: Context<ApiEnv>) {
  const { setupCode, configuration, settings, stopping, logger } = c.var.deps;
  return {
    setupCode,
    settings: configuration,
    version: settings.version,
    stopping,
    onUnexpectedError: (err: unknown, where: object) => logger.error({ err, ...where }, "unexpected error"),
  };
}
