import { userSessions } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../../context.ts";
import { notFound } from "../../../errors.ts";
import { authorizePerson } from "../../access.ts";
import { writeAudit } from "../../records.ts";

/**
 * Ends one of one's own browser sign-ins, also the one that asks: its next request is refused.
 * @throws ServiceError not-found, also for those of others; forbidden for credentials that stand for no person
 */
export async function endSignIn(ctx: ServiceContext, input: { signInId: string }): Promise<void> {
  const { userId, teamId } = authorizePerson(ctx);
  await ctx.db.write(async (tx) => {
    const ended = await tx
      .delete(userSessions)
      .where(and(eq(userSessions.id, input.signInId), eq(userSessions.userId, userId)))
      .returning({ id: userSessions.id });
    if (ended.length === 0) throw notFound();
    await writeAudit(tx, ctx, { action: "user.end-sign-in", objectId: input.signInId, teamId });
  });
}
