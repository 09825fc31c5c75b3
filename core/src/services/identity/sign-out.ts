import { personalTokens } from "@switchboard/db/schema";
import { and, eq, isNull } from "drizzle-orm";
import { actorName, type ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { writeAudit } from "../records.ts";

/**
 * Ends the personal access token that was presented, for good. Browsers sign out where they signed in.
 * @throws ServiceError unauthenticated, forbidden without such a token
 */
export async function signOut(ctx: ServiceContext): Promise<void> {
  const { actor } = ctx;
  if (actor.kind === "anonymous") throw new ServiceError("unauthenticated", "Sign in first.");
  if (actor.kind !== "personal-access-token")
    throw new ServiceError("forbidden", "Only a personal access token is signed out here.");
  await ctx.db.write(async (tx) => {
    const [revoked] = await tx
      .update(personalTokens)
      .set({ revokedAtMs: ctx.clock.nowMs(), revokedBy: actorName(actor) })
      .where(and(eq(personalTokens.id, actor.tokenId), isNull(personalTokens.revokedAtMs)))
      .returning({ id: personalTokens.id });
    if (!revoked) return;
    const target = { objectId: revoked.id, teamId: actor.teamId };
    await writeAudit(tx, ctx, { action: "user.sign-out", ...target });
  });
}
