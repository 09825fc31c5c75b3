import { accounts } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { invalid, ServiceError } from "../../../errors.ts";
import { authorizePerson } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { endTokensOfPerson } from "../../sessions/end-tokens-of-person.ts";
import { isResetOf, revokeOpenCodes } from "../one-time-codes.ts";
import { isPasswordAccountOf } from "../password-account.ts";
import { passwordHintsOf } from "../password-hints.ts";
import { requireStrongPassword } from "../password-rules.ts";
import { endPersonalTokens, endSignIns, ownSignInId, ownTokenId } from "../sign-ins/end-credentials.ts";
import type { EndedCredentials } from "../sign-ins/schemas.ts";
import { giveBackConfirmation } from "../watch-sign-in.ts";
import { type ConfirmedAccount, checkOwnPassword } from "./check-own-password.ts";
import { noteConfirmed } from "./note-confirmed.ts";
import type { changePasswordSchema } from "./schemas.ts";

/**
 * Changes the password of the person who asks. Every other browser sign-in ends and so do open resets; personal access
 * tokens and session tokens go on unless `endTokens` says otherwise. The credential that asks goes on in any case.
 * @throws ServiceError validation-failed for a wrong password and for a new one that is soon guessed; rate-limited after too
 *   many tries; conflict when it was changed meanwhile; forbidden for credentials that stand for no person
 */
export async function changePassword(
  ctx: ServiceContext,
  input: z.output<typeof changePasswordSchema>,
): Promise<EndedCredentials> {
  const person = authorizePerson(ctx);
  const { currentPassword: text, newPassword, endTokens } = input;
  if (newPassword === text) throw invalid("newPassword", "This is the present password. Choose another one.");
  await requireStrongPassword(ctx, "newPassword", newPassword, await passwordHintsOf(ctx.db.reader, person.userId));
  const action = "user.change-password";
  const account = await checkOwnPassword(ctx, person, { field: "currentPassword", text, action });
  const passwordHash = await ctx.passwords.hash(newPassword);
  const { userId, teamId } = person;
  return ctx.db.write(async (tx) => {
    await replaceHash(tx, ctx, userId, account, passwordHash);
    await noteConfirmed(tx, person, ctx.clock.nowMs());
    await giveBackConfirmation(tx, userId);
    await revokeOpenCodes(tx, ctx, isResetOf(userId));
    const signIns = await endSignIns(tx, ctx, { userId, exceptId: ownSignInId(person) });
    const tokens = endTokens ? await endPersonalTokens(tx, ctx, { userId, exceptId: ownTokenId(person) }) : 0;
    const sessionTokens = endTokens ? await endTokensOfPerson(tx, ctx, { teamId: "every", userId }) : 0;
    const ended = { signIns, tokens, sessionTokens };
    await writeAudit(tx, ctx, { action, objectId: userId, teamId, detail: ended });
    return ended;
  });
}

/** The hash that was compared must still be there: of two changes at a time one is done. */
async function replaceHash(
  tx: Transaction,
  ctx: ServiceContext,
  userId: string,
  account: ConfirmedAccount,
  passwordHash: string,
): Promise<void> {
  const changed = await tx
    .update(accounts)
    .set({ password: passwordHash, updatedAt: new Date(ctx.clock.nowMs()) })
    .where(and(isPasswordAccountOf(userId), eq(accounts.password, account.passwordHash)))
    .returning({ id: accounts.id });
  if (changed.length === 0) throw new ServiceError("conflict", "Your password was changed meanwhile. Sign in again.");
}
