import { getCallBlocking } from "@switchboard/core/services/settings/get-call-blocking";
import { patchCallBlocking } from "@switchboard/core/services/settings/patch-call-blocking";
import { replaceCallBlocking } from "@switchboard/core/services/settings/replace-call-blocking";
import {
  callBlockingSchema,
  patchCallBlockingSchema,
  replaceCallBlockingSchema,
} from "@switchboard/core/services/settings/schemas";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const PATH = "/api/bots/{botId}/call-blocking";
const TAGS = ["Call blocking"];
const params = pathIds("botId");
const settings = named(callBlockingSchema, "CallBlocking");
const example = {
  enabled: true,
  dailyLimit: 3,
  blockHours: 24,
  autoReply: { text: "Please write instead of calling." },
};

const getRoute = protectedRoute(
  {
    method: "get",
    path: PATH,
    tags: TAGS,
    summary: "How a bot screens its calls",
    request: { params },
    responses: { 200: json(settings, "The settings.") },
  },
  { scope: "blocking:read", refusals: ["not-found"] },
);

const replaceRoute = protectedRoute(
  {
    method: "put",
    path: PATH,
    tags: TAGS,
    summary: "Replace the settings",
    description: "Omitted fields take their defaults. A `version` that is given and stale is refused.",
    request: { params, ...body(named(replaceCallBlockingSchema, "CallBlockingReplacement", { example })) },
    responses: { 200: json(settings, "The settings as they are now; they apply from the next call.") },
  },
  { scope: "blocking:write", refusals: ["not-found", "version-conflict"] },
);

const patchRoute = protectedRoute(
  {
    method: "patch",
    path: PATH,
    tags: TAGS,
    summary: "Change parts of the settings",
    description: "Only what is given changes. A `version` that is given and stale is refused.",
    request: {
      params,
      ...body(named(patchCallBlockingSchema, "CallBlockingChanges", { example: { dailyLimit: null } })),
    },
    responses: { 200: json(settings, "The settings as they are now; they apply from the next call.") },
  },
  { scope: "blocking:write", refusals: ["not-found", "version-conflict"] },
);

/** What a bot does with calls. */
export function callBlockingRoutes() {
  const router = createRouter();
  router.openapi(getRoute, async (c) => c.json(await getCallBlocking(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(replaceRoute, async (c) =>
    c.json(await replaceCallBlocking(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  router.openapi(patchRoute, async (c) =>
    c.json(await patchCallBlocking(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
  );
  return router;
}
