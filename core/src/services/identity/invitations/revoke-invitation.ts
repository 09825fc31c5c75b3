import { oneTimeCodes } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../../context.ts";
import { looksLikeId } from "../../../crypto/ids.ts";
import { notFound, ServiceError } from "../../../errors.ts";
import { idPrefixes } from "../../../ports/ids.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { isOpen } from "../one-time-codes.ts";
import { isInvitation, toInvitationView } from "./internal.ts";
import type { InvitationView } from "./schemas.ts";

/**
 * Ends an invitation before somebody used it. Safe to repeat. Asks for no recent password, since it may have to be quick.
 * @throws ServiceError forbidden below admin; not-found; conflict when it was used already
 */
export async function revokeInvitation(ctx: ServiceContext, input: { invitationId: string }): Promise<InvitationView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  if (!looksLikeId(input.invitationId, idPrefixes.oneTimeCode)) throw notFound();
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const isThis = and(isInvitation, eq(oneTimeCodes.id, input.invitationId), eq(oneTimeCodes.teamId, teamId));
    const [revoked] = await tx
      .update(oneTimeCodes)
      .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
      .where(and(isThis, isOpen(nowMs)))
      .returning();
    const row = revoked ?? (await tx.select().from(oneTimeCodes).where(isThis))[0];
    if (!row) throw notFound();
    if (row.usedAtMs !== null)
      throw new ServiceError("conflict", "This invitation was accepted. Remove the person from the team instead.");
    if (revoked) await writeAudit(tx, ctx, { action: "invitation.revoke", objectId: row.id, teamId });
    return toInvitationView(row, nowMs);
  });
}
