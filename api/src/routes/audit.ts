import { getAuditEntry } from "@switchboard/core/services/audit/get-audit-entry";
import { listAudit } from "@switchboard/core/services/audit/list-audit";
import { auditEntrySchema, listAuditSchema } from "@switchboard/core/services/audit/schemas";
import { listOf, withFilters } from "../lists.ts";
import { json, named, pathIds, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const TAGS = ["Audit"];
const entry = named(auditEntrySchema, "AuditEntry");

const listRoute = protectedRoute(
  {
    method: "get",
    path: "/api/audit",
    tags: TAGS,
    summary: "Who did what to which thing from where",
    description:
      "The newest first, refusals included. `action` is an action, or its part before the dot with the dot, such as `api-key.`. What belongs to no team, such as failed sign-ins of unknown people, is for owners and admins; a key limited to bots reads what was done to these.",
    request: { query: listAuditSchema },
    responses: { 200: json(named(listOf(entry), "AuditList"), "A page of the audit.") },
  },
  { scope: "audit:read", refusals: ["validation-failed"] },
);

const getRoute = protectedRoute(
  {
    method: "get",
    path: "/api/audit/{auditId}",
    tags: TAGS,
    summary: "Get a row of the audit",
    request: { params: pathIds("auditId") },
    responses: { 200: json(entry, "The row.") },
  },
  { scope: "audit:read", refusals: ["not-found"] },
);

/** The audit, for reading only. */
export function auditRoutes() {
  const router = createRouter();
  router.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    return c.json(withFilters(await listAudit(c.var.ctx, query), query), 200);
  });
  router.openapi(getRoute, async (c) => c.json(await getAuditEntry(c.var.ctx, c.req.valid("param")), 200));
  return router;
}
