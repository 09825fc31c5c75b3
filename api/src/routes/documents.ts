import { Hono } from "hono";
import { describeApi } from "../openapi.ts";
import type { ApiEnv } from "../router.ts";

/** The description of the API by itself. */
export function documentRoutes(version: string) {
  const router = new Hono<ApiEnv>();
  let document: ReturnType<typeof describeApi> | null = null;
  router.get("/api/openapi.json", (c) => {
    document ??= describeApi(version);
    return c.json(document, 200, { "Cache-Control": "public, max-age=300" });
  });
  return router;
}
