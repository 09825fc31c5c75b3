import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizePerson, RECENT_PASSWORD_SECONDS } from "../../access.ts";
import { toInstant } from "../../bots/internal.ts";
import { writeAudit } from "../../records.ts";
import { giveBackConfirmation } from "../watch-sign-in.ts";
import { checkOwnPassword } from "./check-own-password.ts";
import { noteConfirmed } from "./note-confirmed.ts";
import type { confirmedPasswordSchema, confirmPasswordSchema } from "./schemas.ts";

/**
 * Takes the password of the person who asks once more, and with it lets this sign-in or token, and no other, make
 * sensitive changes for a while.
 * @throws ServiceError validation-failed for a wrong password; rate-limited after too many tries; forbidden for credentials
 *   that stand for no person
 */
export async function confirmPassword(
  ctx: ServiceContext,
  input: z.output<typeof confirmPasswordSchema>,
): Promise<z.infer<typeof confirmedPasswordSchema>> {
  const person = authorizePerson(ctx);
  const action = "user.confirm-password";
  await checkOwnPassword(ctx, person, { field: "password", text: input.password, action });
  const nowMs = ctx.clock.nowMs();
  await ctx.db.write(async (tx) => {
    await noteConfirmed(tx, person, nowMs);
    await giveBackConfirmation(tx, person.userId);
    await writeAudit(tx, ctx, { action, objectId: person.userId, teamId: person.teamId });
  });
  return { confirmedUntil: toInstant(nowMs + RECENT_PASSWORD_SECONDS * 1000) };
}
