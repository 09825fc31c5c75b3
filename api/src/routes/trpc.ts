import type { RefusalNotes } from "@switchboard/core/services/audit/note-refusal";
import { type Context, Hono } from "hono";
import { noteRefusal } from "../note-refusal.ts";
import { passOn } from "../pass-on.ts";
import type { ApiEnv } from "../router.ts";
import type { TrpcDeps } from "../trpc/deps.ts";
import { noSuchProcedure } from "../trpc/errors.ts";
import { createTrpcHandler } from "../trpc/handler.ts";
import { proceduresOf } from "../trpc/procedure-path.ts";

/** The dashboard's and the tools' procedures. Who asks is known by now; what no verb refused is logged like REST's. */
export function trpcRoutes(notes: RefusalNotes) {
  const router = new Hono<ApiEnv>();
  router.all("/trpc/*", async (c) => {
    const answer = createTrpcHandler(() => contextOf(c), procedureDeps(c, notes));
    return passOn(c, await answer(c.req.raw));
  });
  return router;
}

async function contextOf(c: Context<ApiEnv>) {
  if (proceduresOf(c.req.path).length === 0) throw noSuchProcedure();
  if (c.var.credentialFailure) throw c.var.credentialFailure;
  return c.var.ctx;
}

function procedureDeps(c: Context<ApiEnv>, notes: RefusalNotes): TrpcDeps {
  const { setupCode, configuration, settings, stopping, logger, metrics } = c.var.deps;
  return {
    setupCode,
    settings: configuration,
    onSessionToken: (event) => metrics.sessionTokens(event),
    onLease: (event) => metrics.leases(event),
    onSessionExported: () => metrics.sessionDisclosed("export"),
    version: settings.version,
    stopping,
    onRefusal: (refusal, call) => noteRefusal(c, notes, refusal, call),
    onUnexpectedError: (err, where) => logger.error({ err, ...where }, "unexpected error"),
  };
}
