import { sessionTokens } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, isNull, type SQL } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { emit, writeAudit } from "../records.ts";
import { toTokenView } from "./internal.ts";

/** Ends these session tokens with audit and event, in the caller's transaction. Answers how many were not ended before. */
export async function revokeTokens(tx: Transaction, ctx: ServiceContext, which: SQL | undefined): Promise<number> {
  const nowMs = ctx.clock.nowMs();
  const rows = await tx
    .update(sessionTokens)
    .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
    .where(and(which, isNull(sessionTokens.revokedAtMs)))
    .returning();
  for (const row of rows) {
    const target = { teamId: row.teamId, botId: row.botId };
    await writeAudit(tx, ctx, { action: "session-token.revoke", objectId: row.id, ...target });
    await emit(tx, ctx, { type: "session.token_revoked", ...target, data: toTokenView(row, nowMs) });
  }
  return rows.length;
}
