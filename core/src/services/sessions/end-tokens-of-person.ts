import { sessionTokens, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq, gt } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { revokeTokens } from "./revoke-tokens.ts";

/**
 * Ends the session tokens a person was given, with event and audit, in the caller's transaction: nothing else ends them
 * when the person leaves or somebody else had their password. Answers how many.
 */
export function endTokensOfPerson(
  tx: Transaction,
  ctx: ServiceContext,
  { teamId, userId }: { teamId: TeamId | "every"; userId: string },
): Promise<number> {
  const isTheirs = and(eq(sessionTokens.subjectKind, "user"), eq(sessionTokens.subjectId, userId));
  const isInTeam = teamId === "every" ? undefined : eq(sessionTokens.teamId, teamId);
  return revokeTokens(tx, ctx, and(isTheirs, isInTeam, gt(sessionTokens.expiresAtMs, ctx.clock.nowMs())));
}
