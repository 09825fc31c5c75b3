import { notFound, ServiceError } from "@switchboard/core/errors";
import { createRefusalNotes } from "@switchboard/core/services/audit/note-refusal";
import type { Context } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { AppDeps, AppSettings } from "./app-deps.ts";
import { answerError, answerProblem } from "./errors.ts";
import { identify } from "./middleware/identify.ts";
import { identifyBrowser } from "./middleware/identify-browser.ts";
import { limitTime } from "./middleware/limit-time.ts";
import { limitRate } from "./middleware/rate-limit.ts";
import { requestContext } from "./middleware/request-context.ts";
import { requestLog } from "./middleware/request-log.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { checkBody } from "./middleware/strict-input.ts";
import { restRoutes } from "./rest-routes.ts";
import { type ApiEnv, createRouter } from "./router.ts";
import { browserAuthRoutes } from "./routes/browser-auth.ts";
import { documentRoutes } from "./routes/documents.ts";
import { operationRoutes } from "./routes/operations.ts";
import { problemPages } from "./routes/problem-pages.ts";
import { trpcRoutes } from "./routes/trpc.ts";

/** The whole api as one `fetch`: reads no environment, opens nothing, listens nowhere. */
export const createApp = (deps: AppDeps) => createAppFor(deps.settings, () => deps);

/** The api where each request brings parts of its own, because the platform lets none of them outlive it. */
export function createAppFor(settings: AppSettings, depsOf: (env: ApiEnv["Bindings"]) => AppDeps) {
  const app = createRouter();
  const refusalNotes = createRefusalNotes();
  app.onError((err, c) => answerError(err, c, refusalNotes));
  app.notFound((c) => answerProblem(c, notFound()));
  app.use(requestContext(depsOf), requestLog, securityHeaders);
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }));
  app.use(limitTime(settings.handlerTimeoutMs));
  app.use("/trpc/*", identify, identifyBrowser);
  for (const path of ["/api/*", "/.well-known/*"]) app.use(path, identify);
  const limitRequests = limitRate();
  for (const path of ["/api/*", "/trpc/*", "/.well-known/*"]) app.use(path, limitRequests);
  for (const path of ["/api/auth/*", "/trpc/*"]) app.use(path, checkBody);
  app.route("/", operationRoutes());
  app.route("/", problemPages());
  app.route("/", documentRoutes(settings.version));
  app.route("/", restRoutes());
  app.route("/", browserAuthRoutes());
  app.route("/", trpcRoutes(refusalNotes));
  return app;
}

function refuseMethod(c: Context<ApiEnv>, methods: readonly string[]): Response {
  const allowed = methods.join(", ");
  c.header("Allow", allowed);
  return answerProblem(c, new ServiceError("method-not-allowed", `This address takes ${allowed}.`));
}
