import { callStatistics } from "@switchboard/core/services/calls/call-statistics";
import { getCall } from "@switchboard/core/services/calls/get-call";
import { getLimit } from "@switchboard/core/services/calls/get-limit";
import { listCalls } from "@switchboard/core/services/calls/list-calls";
import { requestReject } from "@switchboard/core/services/calls/request-reject";
import {
  callListSchema,
  callSchema,
  callStatisticsQuerySchema,
  callStatisticsSchema,
  limitSchema,
  listCallsSchema,
} from "@switchboard/core/services/calls/schemas";
import { json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";
import { commandAccepted } from "./shared-schemas.ts";

const PATH = "/api/bots/{botId}/calls";
const TAGS = ["Calls"];
const params = pathIds("botId");
const callParams = pathIds("botId", "callId");

const listRoute = protectedRoute(
  {
    method: "get",
    path: PATH,
    tags: TAGS,
    summary: "The history of calls, with statistics",
    description: "The latest first. The statistics are of the time asked for, by default the last seven days.",
    request: { params, query: listCallsSchema },
    responses: { 200: json(named(callListSchema, "CallList"), "A page of the history.") },
  },
  { scope: "calls:read", refusals: ["not-found", "validation-failed"] },
);

const statisticsRoute = protectedRoute(
  {
    method: "get",
    path: `${PATH}/statistics`,
    tags: TAGS,
    summary: "The numbers of a bot's calls",
    description: "By default of the last seven days; 366 days at most. Days are those of the bot's time zone.",
    request: { params, query: callStatisticsQuerySchema },
    responses: { 200: json(named(callStatisticsSchema, "CallStatistics"), "The numbers.") },
  },
  { scope: "calls:read", refusals: ["not-found", "validation-failed"] },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: `${PATH}/{callId}`,
    tags: TAGS,
    summary: "Get a call, with the way its decision took",
    request: { params: callParams },
    responses: { 200: json(named(callSchema, "Call"), "The call.") },
  },
  { scope: "calls:read", refusals: ["not-found"] },
);

const rejectRoute = protectedRoute(
  {
    method: "post",
    path: `${PATH}/{callId}/reject`,
    tags: TAGS,
    summary: "Reject a call that rings",
    description: "No text is sent, and the decision that was made stays in the history.",
    request: { params: callParams },
    responses: { 202: json(commandAccepted, "Asked for; the call's `rejectStatus` follows.") },
  },
  { scope: "calls:write", refusals: ["not-found", "call-ended"] },
);

const limitRoute = protectedRoute(
  {
    method: "get",
    path: "/api/bots/{botId}/limits/{caller}",
    tags: TAGS,
    summary: "What is left of a caller's limit",
    description: "`caller` is a phone number, a LID (`…@lid`) or a caller id. The fields are named in Meta's words.",
    request: { params: pathIds("botId", "caller") },
    responses: { 200: json(named(limitSchema, "CallLimit"), "The use of the limit now.") },
  },
  { scope: "blocking:read", refusals: ["not-found", "validation-failed"] },
);

/** Calls, what was decided about them, and what is left of a caller's limit. */
export function callRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) =>
    c.json(await listCalls(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("query") }), 200),
  );
  router.openapi(statisticsRoute, async (c) =>
    c.json(await callStatistics(c.var.ctx, { ...c.req.valid("param"), ...c.req.valid("query") }), 200),
  );
  router.openapi(getRoute, async (c) => c.json(await getCall(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(rejectRoute, async (c) => c.json(await requestReject(c.var.ctx, c.req.valid("param")), 202));
  router.openapi(limitRoute, async (c) => c.json(await getLimit(c.var.ctx, c.req.valid("param")), 200));
  return router;
}
