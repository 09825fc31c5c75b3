import { teamMembers, users } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { ServiceContext } from "../../../context.ts";
import { ServiceError } from "../../../errors.ts";
import { joinOrder } from "../internal.ts";
import { addPasswordReset } from "./internal.ts";
import type { CreatedPasswordReset } from "./schemas.ts";

/**
 * Makes a reset for who runs the server: the only owner of an installation has nobody above who could.
 * @throws ServiceError not-found when nobody has this e-mail address; forbidden for every actor but the product itself
 */
export async function requestPasswordResetOnServer(
  ctx: ServiceContext,
  input: { email: string },
): Promise<CreatedPasswordReset> {
  if (ctx.actor.kind !== "system") throw new ServiceError("forbidden", "This is done on the server only.");
  return ctx.db.write(async (tx) => {
    const [person] = await tx
      .select({ userId: users.id, teamId: teamMembers.organizationId })
      .from(users)
      .innerJoin(teamMembers, eq(teamMembers.userId, users.id))
      .where(eq(users.email, input.email.trim().toLowerCase()))
      .orderBy(...joinOrder)
      .limit(1);
    if (!person) throw new ServiceError("not-found", "Nobody has this e-mail address here.");
    return addPasswordReset(tx, ctx, person);
  });
}
