import { createUser } from "@switchboard/core/services/identity/people/create-user";
import { getUser } from "@switchboard/core/services/identity/people/get-user";
import { listUsers } from "@switchboard/core/services/identity/people/list-users";
import { removeUser } from "@switchboard/core/services/identity/people/remove-user";
import {
  createUserSchema,
  listUsersSchema,
  updateUserSchema,
  userSchema,
} from "@switchboard/core/services/identity/people/schemas";
import { updateUser } from "@switchboard/core/services/identity/people/update-user";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["Users"];
const user = named(userSchema, "User");
const params = pathIds("userId");
const OWNERS_ONLY = "Only an owner gives or takes the role owner, or touches an owner.";

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/users",
    tags: TAGS,
    summary: "List users",
    description: "The people of the team one acts in. For owners and admins.",
    request: { query: listUsersSchema },
    responses: { 200: json(named(listOf(user), "UserList"), "The team's people.") },
  },
  { refusals: ["forbidden", "validation-failed"] },
);

const createUserRoute = protectedRoute(
  {
    method: "post",
    path: "/api/users",
    tags: TAGS,
    summary: "Make a user",
    description: `For owners and admins. Whose e-mail address is known here already is invited instead. ${OWNERS_ONLY}`,
    request: body(
      named(createUserSchema, "NewUser", {
        example: {
          name: "Lin Example",
          email: "lin@example.org",
          role: "operator",
          password: "paper boats cross the quiet market",
        },
      }),
    ),
    responses: { 201: json(user, "The new member.") },
  },
  { refusals: ["forbidden", "confirmation-required", "conflict"] },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: "/api/users/{userId}",
    tags: TAGS,
    summary: "Get a user",
    description: "For owners and admins.",
    request: { params },
    responses: { 200: json(user, "The member.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

const updateRoute = protectedRoute(
  {
    method: "patch",
    path: "/api/users/{userId}",
    tags: TAGS,
    summary: "Change a user's role or name",
    description: `For owners and admins; one's own name for everybody. ${OWNERS_ONLY} The role is the new one from the next request on.`,
    request: { params, ...body(named(updateUserSchema, "UserChanges", { example: { role: "viewer" } })) },
    responses: { 200: json(user, "The member as they are now.") },
  },
  { refusals: ["forbidden", "confirmation-required", "not-found", "conflict"] },
);

const removeRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/users/{userId}",
    tags: TAGS,
    summary: "Remove a user from the team",
    description: `Their tokens for the team end, API keys they made stay; whoever is in no team any more is deleted. For owners and admins; everybody may leave. ${OWNERS_ONLY}`,
    request: { params },
    responses: { 204: { description: "Removed." } },
  },
  { refusals: ["forbidden", "confirmation-required", "not-found", "conflict"] },
);

/** People of a team. */
export function userRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listUsers(c.var.ctx, query), query), 200);
  });
  router.openapi(createUserRoute, async (c) => c.json(await createUser(c.var.ctx, c.req.valid("json")), 201));
  router.openapi(getRoute, async (c) => c.json(await getUser(c.var.ctx, c.req.valid("param")), 200));
  router.openapi(updateRoute, async (c) => {
    const input = { ...c.req.valid("param"), changes: c.req.valid("json") };
    return c.json(await updateUser(c.var.ctx, input), 200);
  });
  router.openapi(removeRoute, async (c) => {
    await removeUser(c.var.ctx, c.req.valid("param"));
    return c.body(null, 204);
  });
  return router;
}
