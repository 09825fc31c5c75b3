import { endSignIn } from "@switchboard/core/services/identity/sign-ins/end-sign-in";
import { listSignIns } from "@switchboard/core/services/identity/sign-ins/list-sign-ins";
import {
  browserSignInSchema,
  listSignInsSchema,
  signOutEverywhereSchema,
} from "@switchboard/core/services/identity/sign-ins/schemas";
import { signOutEverywhere } from "@switchboard/core/services/identity/sign-ins/sign-out-everywhere";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";
import { endedCredentials } from "./shared-schemas.ts";

const TAGS = ["Setup and sign-in"];
const browserSignIn = named(browserSignInSchema, "BrowserSignIn");
const everywhere = named(signOutEverywhereSchema, "SignOutEverywhere", { example: { keepThis: true } });

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/sign-ins",
    tags: TAGS,
    summary: "List one's own browser sign-ins",
    description: "Those that are not over, newest first. Personal access tokens have a list of their own.",
    request: { query: listSignInsSchema },
    responses: { 200: json(named(listOf(browserSignIn), "BrowserSignInList"), "The sign-ins.") },
  },
  { refusals: ["forbidden", "validation-failed"] },
);

const endRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/sign-ins/{signInId}",
    tags: TAGS,
    summary: "End one of one's own browser sign-ins",
    description: "Its next request is refused.",
    request: { params: pathIds("signInId") },
    responses: { 204: { description: "Ended." } },
  },
  { refusals: ["forbidden", "not-found"] },
);

const everywhereRoute = protectedRoute(
  {
    method: "post",
    path: "/api/sign-out-everywhere",
    tags: TAGS,
    summary: "End every browser sign-in and personal access token of one's own",
    description:
      "In every team, and every session token the person was given. The token that is presented ends as well, unless `keepThis` says otherwise. Asks for no recent password, since it may have to be quick.",
    request: body(everywhere),
    responses: { 200: json(endedCredentials, "How many were ended.") },
  },
  { refusals: ["forbidden"] },
);

/** Where one is signed in, and the end of that. */
export function signInListRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listSignIns(c.var.ctx, query), query), 200);
  });
  router.openapi(endRoute, async (c) => {
    await endSignIn(c.var.ctx, c.req.valid("param"));
    return c.body(null, 204);
  });
  router.openapi(everywhereRoute, async (c) => c.json(await signOutEverywhere(c.var.ctx, c.req.valid("json")), 200));
  return router;
}
