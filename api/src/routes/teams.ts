import { createTeam } from "@switchboard/core/services/identity/teams/create-team";
import { getTeam } from "@switchboard/core/services/identity/teams/get-team";
import { listTeams } from "@switchboard/core/services/identity/teams/list-teams";
import { renameTeam } from "@switchboard/core/services/identity/teams/rename-team";
import { createTeamSchema, renameTeamSchema, teamSchema } from "@switchboard/core/services/identity/teams/schemas";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["Teams"];
const team = named(teamSchema, "Team");

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/teams",
    tags: TAGS,
    summary: "List one's own teams",
    description:
      "All of them, with one's role in each. A personal access token acts in one of them: the one that is `current`.",
    responses: { 200: json(named(listOf(team), "TeamList"), "The teams.") },
  },
  { refusals: ["forbidden"] },
);

const createTeamRoute = protectedRoute(
  {
    method: "post",
    path: "/api/teams",
    tags: TAGS,
    summary: "Make a team",
    description:
      "For who owns a team already. The maker owns the new one; the token of this request goes on acting in the team it is for.",
    request: body(named(createTeamSchema, "NewTeam", { example: { name: "Night shift" } })),
    responses: { 201: json(team, "The new team.") },
  },
  { refusals: ["forbidden", "confirmation-required"] },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: "/api/team",
    tags: TAGS,
    summary: "The team one acts in",
    responses: { 200: json(team, "The team.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

const renameRoute = protectedRoute(
  {
    method: "patch",
    path: "/api/team",
    tags: TAGS,
    summary: "Rename the team one acts in",
    description: "For owners and admins. Its slug stays.",
    request: body(named(renameTeamSchema, "TeamChanges", { example: { name: "Home" } })),
    responses: { 200: json(team, "The team as it is now.") },
  },
  { refusals: ["forbidden", "not-found"] },
);

/** Teams, and the one a credential acts in. */
export function teamRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => c.json(withFilters(await listTeams(c.var.ctx), {}), 200));
  router.openapi(createTeamRoute, async (c) => c.json(await createTeam(c.var.ctx, c.req.valid("json")), 201));
  router.openapi(getRoute, async (c) => c.json(await getTeam(c.var.ctx), 200));
  router.openapi(renameRoute, async (c) => c.json(await renameTeam(c.var.ctx, c.req.valid("json")), 200));
  return router;
}
