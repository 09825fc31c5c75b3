import { findAudit } from "@switchboard/db/queries/audit";
import type { ServiceContext } from "../../context.ts";
import { looksLikeId } from "../../crypto/ids.ts";
import { notFound } from "../../errors.ts";
import { idPrefixes } from "../../ports/ids.ts";
import { authorizeAudit, toAuditViews } from "./internal.ts";
import type { AuditEntryView } from "./schemas.ts";

/** One row of the audit. @throws ServiceError unauthenticated, scope-missing; not-found for rows the actor may not read */
export async function getAuditEntry(ctx: ServiceContext, input: { auditId: string }): Promise<AuditEntryView> {
  const parts = authorizeAudit(ctx);
  if (!looksLikeId(input.auditId, idPrefixes.audit)) throw notFound();
  const row = await findAudit(ctx.db.reader, parts, input.auditId);
  const [view] = row === null ? [] : await toAuditViews(ctx.db.reader, [row]);
  if (!view) throw notFound();
  return view;
}
