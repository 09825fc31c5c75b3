import { acceptInvitation } from "@switchboard/core/services/identity/invitations/accept-invitation";
import { createInvitation } from "@switchboard/core/services/identity/invitations/create-invitation";
import { listInvitations } from "@switchboard/core/services/identity/invitations/list-invitations";
import { revokeInvitation } from "@switchboard/core/services/identity/invitations/revoke-invitation";
import {
  acceptedInvitationSchema,
  acceptInvitationSchema,
  createdInvitationSchema,
  createInvitationSchema,
  invitationSchema,
  listInvitationsSchema,
} from "@switchboard/core/services/identity/invitations/schemas";
import { listOf, withFilters } from "../lists.ts";
import { body, json, named, pathIds, protectedRoute, publicRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["Invitations"];
const FOR_ADMINS = "For owners and admins.";
const invitation = named(invitationSchema, "Invitation");

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/invitations",
    tags: TAGS,
    summary: "List invitations",
    description: `Newest first, without their codes. ${FOR_ADMINS}`,
    request: { query: listInvitationsSchema },
    responses: { 200: json(named(listOf(invitation), "InvitationList"), "The team's invitations.") },
  },
  { refusals: ["forbidden", "validation-failed"] },
);

const createInvitationRoute = protectedRoute(
  {
    method: "post",
    path: "/api/invitations",
    tags: TAGS,
    summary: "Invite somebody into the team",
    description: `Nothing is sent: give the code, which is shown in this answer only, to the person yourself. That the e-mail address is theirs is not checked. An earlier open invitation of the address ends. ${FOR_ADMINS}`,
    request: body(
      named(createInvitationSchema, "NewInvitation", {
        example: { email: "noor@example.org", role: "operator", expiresInHours: 72 },
      }),
    ),
    responses: { 201: json(named(createdInvitationSchema, "CreatedInvitation"), "The invitation with its code.") },
  },
  { refusals: ["forbidden", "confirmation-required", "conflict"] },
);

const revokeRoute = protectedRoute(
  {
    method: "delete",
    path: "/api/invitations/{invitationId}",
    tags: TAGS,
    summary: "Revoke an invitation",
    description: `Safe to repeat. ${FOR_ADMINS}`,
    request: { params: pathIds("invitationId") },
    responses: { 200: json(invitation, "The invitation as it is now.") },
  },
  { refusals: ["forbidden", "not-found", "conflict"] },
);

const acceptRoute = publicRoute(
  {
    method: "post",
    path: "/api/invitations/accept",
    tags: TAGS,
    summary: "Accept an invitation",
    description:
      "Somebody new gives `name` and `password`; somebody known here their `password`, or neither while signed in with the e-mail address that was invited. Each code works once; every code that opens nothing is not found. `token` is shown here and never again.",
    request: body(
      named(acceptInvitationSchema, "InvitationAcceptance", {
        example: {
          code: "sb_inv_4fT9wQ2mZ8xK_…",
          name: "Noor Example",
          password: "paper boats cross the quiet market",
        },
      }),
    ),
    responses: { 201: json(named(acceptedInvitationSchema, "AcceptedInvitation"), "The new member.") },
  },
  { refusals: ["not-found", "unauthenticated", "forbidden", "confirmation-required", "conflict"] },
);

/** Ways into a team. */
export function invitationRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listInvitations(c.var.ctx, query), query), 200);
  });
  router.openapi(createInvitationRoute, async (c) => {
    return c.json(await createInvitation(c.var.ctx, c.req.valid("json")), 201);
  });
  router.openapi(acceptRoute, async (c) => c.json(await acceptInvitation(c.var.ctx, c.req.valid("json")), 201));
  router.openapi(revokeRoute, async (c) => c.json(await revokeInvitation(c.var.ctx, c.req.valid("param")), 200));
  return router;
}
