import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import { notFound } from "@switchboard/core/errors";
import { Hono } from "hono";
import { problemKinds } from "../problems.ts";
import type { ApiEnv } from "../router.ts";

/** Where the `type` of each problem document leads: its cause and what to check, in words. */
export function problemPages() {
  const router = new Hono<ApiEnv>();
  router.get("/problems", (c) => c.json({ problems: Object.keys(problemKinds).map((code) => `/problems/${code}`) }));
  router.get("/problems/:code", (c) => {
    const code = c.req.param("code");
    if (!isErrorCode(code)) throw notFound();
    return c.json({ type: `/problems/${code}`, code, ...problemKinds[code] }, 200, {
      "Cache-Control": "public, max-age=3600",
    });
  });
  return router;
}

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(problemKinds, text);
