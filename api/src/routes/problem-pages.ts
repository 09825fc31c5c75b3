import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import { notFound } from "@switchboard/core/errors";
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { renderProblem } from "../docs-page/problem-page.ts";
import { problemKinds } from "../problems.ts";
import type { ApiEnv } from "../router.ts";

const FORMS = ["application/json", "text/html"];

/** Where the `type` of each problem document leads: its cause and what to check, for programs and for people. */
export function problemPages() {
  const router = new Hono<ApiEnv>();
  router.get("/problems", (c) => c.json({ problems: Object.keys(problemKinds).map((code) => `/problems/${code}`) }));
  router.get("/problems/:code", (c) => {
    const code = c.req.param("code");
    if (!isErrorCode(code)) throw notFound();
    const kind = problemKinds[code];
    c.header("Cache-Control", "public, max-age=3600");
    c.header("Vary", "Accept");
    const form = accepts(c, { header: "Accept", supports: FORMS, default: "application/json" });
    if (form === "text/html") return c.html(renderProblem(code, kind));
    return c.json({ type: `/problems/${code}`, code, ...kind });
  });
  return router;
}

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(problemKinds, text);
