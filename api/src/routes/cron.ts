import { notFound, ServiceError } from "@switchboard/core/errors";
import { cleanupExpired } from "@switchboard/core/services/system/cleanup";
import type { MiddlewareHandler } from "hono";
import { z } from "zod";
import { readBearer } from "../credentials.ts";
import { json, named, publicRoute } from "../openapi-parts.ts";
import { type ApiEnv, createRouter } from "../router.ts";
import { isSecret } from "../secrets.ts";

/** Without CRON_SECRET there is nothing here; with it, its bearer alone may call, and only by GET. */
const requireCronSecret: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { cronSecret } = c.var.deps.settings;
  if (cronSecret === null || c.req.method !== "GET") throw notFound();
  if (!(await isSecret(readBearer(c.req.raw.headers), cronSecret)))
    throw new ServiceError("unauthenticated", "Send CRON_SECRET as a bearer.");
  await next();
};

const result = z.object({ expired: z.number().int(), purged: z.number().int(), tookMs: z.number().int() });

const cleanupRoute = publicRoute(
  {
    method: "get",
    path: "/api/system/cron/cleanup-blocks",
    tags: ["System"],
    summary: "Run the housekeeping",
    description:
      "Marks what has expired and removes what is past its retention. Decisions do not depend on it. With CRON_SECRET as the bearer; there is nothing here while that is not set.",
    security: [{ cronSecret: [] }],
    middleware: [requireCronSecret],
    responses: { 200: json(named(result, "CleanupResult"), "What was done, in rows and milliseconds.") },
  },
  { refusals: ["not-found", "unauthenticated"] },
);

/** What a scheduler calls. */
export function cronRoutes() {
  const router = createRouter();
  router.openapi(cleanupRoute, async (c) => c.json(await cleanupExpired(c.var.ctx), 200));
  return router;
}
