import { apiKeys } from "@switchboard/db/schema";
import { and, isNull } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../../context.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { revokeLeasesOfKey } from "../../custody/revoke-leases-of-key.ts";
import { emit, writeAudit } from "../../records.ts";
import { auditOf, isKeyOfTeam, readKey } from "./internal.ts";
import type { ApiKeyView } from "./schemas.ts";
import { viewApiKey } from "./view-api-key.ts";

/**
 * Ends a key for good: its next request is refused, its session tokens are, and its leases are over. A successor is not touched. Safe to
 * repeat. Asks for no recent password, since it may have to be quick.
 * @throws ServiceError not-found; forbidden below admin
 */
export async function revokeApiKey(ctx: ServiceContext, input: { keyId: string }): Promise<ApiKeyView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const [row] = await tx
      .update(apiKeys)
      .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
      .where(and(isKeyOfTeam(input.keyId, teamId), isNull(apiKeys.revokedAtMs)))
      .returning();
    if (!row) return viewApiKey(tx, await readKey(tx, input.keyId, teamId), nowMs);
    const view = await viewApiKey(tx, row, nowMs);
    await writeAudit(tx, ctx, auditOf("api-key.revoke", row));
    await revokeLeasesOfKey(tx, ctx, row.id);
    await emit(tx, ctx, { type: "key.revoked", teamId, data: view });
    return view;
  });
}
