import { sessionTokens, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, gt, isNull } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { emit, writeAudit } from "../records.ts";
import { toTokenView } from "./internal.ts";

/**
 * Ends the session tokens a person was given, with event and audit, in the caller's transaction: nothing else ends them
 * when the person leaves or somebody else had their password. Answers how many.
 */
export async function endTokensOfPerson(
  tx: Transaction,
  ctx: ServiceContext,
  { teamId, userId }: { teamId: TeamId | "every"; userId: string },
): Promise<number> {
  const nowMs = ctx.clock.nowMs();
  const isTheirs = and(eq(sessionTokens.subjectKind, "user"), eq(sessionTokens.subjectId, userId));
  const rows = await tx
    .update(sessionTokens)
    .set({ revokedAtMs: nowMs, revokedBy: actorName(ctx.actor) })
    .where(
      and(
        isTheirs,
        teamId === "every" ? undefined : eq(sessionTokens.teamId, teamId),
        isNull(sessionTokens.revokedAtMs),
        gt(sessionTokens.expiresAtMs, nowMs),
      ),
    )
    .returning();
  for (const row of rows) {
    const target = { teamId: row.teamId, botId: row.botId };
    await writeAudit(tx, ctx, { action: "session-token.revoke", objectId: row.id, ...target });
    await emit(tx, ctx, { type: "session.token_revoked", ...target, data: toTokenView(row, nowMs) });
  }
  return rows.length;
}
